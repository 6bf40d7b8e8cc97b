package whatspie

import (
	"crypto/sha256"
	"maps"
	"sync"
	"time"
)

// sessionRest is how long a pairing session goes on behind its first code.
const sessionRest = (defaultMaxQRCodes - 1) * defaultQRLifetime

// shownCodes remembers the last code of each device. A server hands out a code again while it lives, and shorter-lived
// ones after it: a loop that starts in the middle of that must not take either for the first.
type shownCodes struct {
	mu       sync.Mutex
	byDevice map[int64]shownCode
}

// digest stands for a code without being one.
type digest [sha256.Size]byte

func (q *QRCode) digest() digest { return sha256.Sum256(append(q.PNG(), q.URL()...)) }

// shownCode is a code with its end. The server made it at some time between the request and the answer: it works until
// expiresAt, unless that took very long, and from goneAt on it does not.
type shownCode struct {
	digest                        digest
	expiresAt, goneAt, sessionEnd time.Time
}

// add says when a code that was asked for then, and is here now, stops to work: when it was to the last time it was seen, or
// after the lifetime of a session's first code or of the next ones.
func (s *shownCodes) add(id int64, code *QRCode, asked time.Time, first, next time.Duration) shownCode {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.byDevice, func(_ int64, c shownCode) bool { return !c.goneAt.After(now) && !c.sessionEnd.After(now) })
	known := s.byDevice[id]
	shown, lifetime := shownCode{digest: code.digest(), sessionEnd: known.sessionEnd}, next
	switch {
	case known.digest == shown.digest && known.goneAt.After(now):
		return known
	case !known.sessionEnd.After(now):
		lifetime = first
		shown.sessionEnd = now.Add(first + sessionRest)
	}
	late := min(now.Sub(asked), lifetime/2) // of a code that took longer, somebody has to see something
	shown.expiresAt, shown.goneAt = now.Add(lifetime-late), now.Add(lifetime)
	s.byDevice[id] = shown
	return shown
}

// forget ends a device's session: a phone has connected.
func (s *shownCodes) forget(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byDevice, id)
}
