package transport

import (
	"sync"
	"time"
)

// A bucket gets one retry back each second, and a tenth of one for each call that the server answers: a client that
// calls rarely can still retry, and one that calls often retries in proportion.
const (
	retryCost  = time.Second
	answerGain = retryCost / 10
)

// budget is a token bucket of retries, which all calls of one client share. It is counted in time: a retry is worth
// a second.
type budget struct {
	// size is the most retries in it, 0 for no bound.
	size int

	mu sync.Mutex
	// fullAt is when the bucket will be full again.
	fullAt time.Time
}

// take takes one retry; false if there is none.
func (b *budget) take() bool {
	if b.size == 0 {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.fullAt.Before(now) {
		b.fullAt = now
	}
	taken := (b.fullAt.Sub(now) + retryCost - 1) / retryCost
	if int64(taken) >= int64(b.size) {
		return false
	}
	b.fullAt = b.fullAt.Add(retryCost)
	return true
}

// answered puts back what a call earns that the server answered.
func (b *budget) answered() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.fullAt.IsZero() {
		b.fullAt = b.fullAt.Add(-answerGain)
	}
}
