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

func (q QRCode) digest() digest { return sha256.Sum256(append(q.PNG(), q.URL()...)) }

type shownCode struct {
	digest                digest
	expiresAt, sessionEnd time.Time
}

// expiry is when a code, just fetched, stops to work: when it was to the last time it was seen, or after the lifetime of
// a session's first code or of the next ones.
func (s *shownCodes) expiry(id int64, code *QRCode, first, next time.Duration) time.Time {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.byDevice, func(_ int64, c shownCode) bool { return !c.expiresAt.After(now) && !c.sessionEnd.After(now) })
	known := s.byDevice[id]
	shown := shownCode{code.digest(), now.Add(next), known.sessionEnd}
	switch {
	case known.digest == shown.digest && known.expiresAt.After(now):
		return known.expiresAt
	case !known.sessionEnd.After(now):
		shown.expiresAt = now.Add(first)
		shown.sessionEnd = shown.expiresAt.Add(sessionRest)
	}
	s.byDevice[id] = shown
	return shown.expiresAt
}

// forget ends a device's session: a phone has connected.
func (s *shownCodes) forget(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byDevice, id)
}
