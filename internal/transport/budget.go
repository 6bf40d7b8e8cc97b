package transport

import (
	"sync"
	"time"
)

// One retry is returned per second, and a tenth of one per call that the server answers: infrequent callers can always
// retry, and frequent ones retry in proportion to their calls.
const (
	retryCost  = time.Second
	answerGain = retryCost / 10
)

// budget is a token bucket of retries, shared by all calls of a client. It counts in time: a retry costs a second.
type budget struct {
	// size is the capacity in retries, 0 for no limit.
	size int

	mu sync.Mutex
	// fullAt is when the bucket will be full again.
	fullAt time.Time
}

// take spends one retry, and reports whether there was one.
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

// answered returns the share of a retry that a call earns if the server answers it.
func (b *budget) answered() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.fullAt.IsZero() {
		b.fullAt = b.fullAt.Add(-answerGain)
	}
}
