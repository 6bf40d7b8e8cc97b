package transport

import (
	"sync"
	"time"
)

// One retry is regained per second, and a tenth of one per call whose last response is not a retryable failure. So an
// infrequent caller can always retry, and a frequent one retries in proportion to its calls.
const (
	retryCost  = time.Second
	callRefund = retryCost / 10
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
	spent := (b.fullAt.Sub(now) + retryCost - 1) / retryCost
	if int64(spent) >= int64(b.size) {
		return false
	}
	b.fullAt = b.fullAt.Add(retryCost)
	return true
}

// refund returns the share of a retry that a call earns.
func (b *budget) refund() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.fullAt.IsZero() {
		b.fullAt = b.fullAt.Add(-callRefund)
	}
}
