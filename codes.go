package whatspie

import (
	"crypto/sha256"
	"maps"
	"sync"
	"time"
)

// shownCodes remembers until when the codes of each device work. A server hands out a code again while it lives: a
// loop that starts in the middle of that must not believe it to be new.
type shownCodes struct {
	mu       sync.Mutex
	byDevice map[int64]shownCode
}

type shownCode struct {
	digest    [sha256.Size]byte
	expiresAt time.Time
}

// expiry is when a code, just fetched, stops to work: after a lifetime, or when it was to the last time it was seen.
func (s *shownCodes) expiry(id int64, code *QRCode, lifetime time.Duration) time.Time {
	now := time.Now()
	fresh := shownCode{sha256.Sum256(append(code.PNG(), code.URL()...)), now.Add(lifetime)}
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.byDevice, func(_ int64, c shownCode) bool { return !c.expiresAt.After(now) })
	if known, ok := s.byDevice[id]; ok && known.digest == fresh.digest {
		return known.expiresAt
	}
	s.byDevice[id] = fresh
	return fresh.expiresAt
}
