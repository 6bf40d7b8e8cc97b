package pairing

import (
	"sync"
	"time"
)

// inbox holds the latest poll results until the session takes them. Older results are overwritten.
type inbox[D any] struct {
	ready chan struct{}

	mu      sync.Mutex
	pending pollUpdate[D]
	lastErr error // of the last poll; nil if it succeeded
}

// pollUpdate is what the polls delivered since the last take.
type pollUpdate[D any] struct {
	device    D
	hasDevice bool
	began     time.Time // when the request that returned the device began
	err       error     // of the last poll; nil if it succeeded
}

func (i *inbox[D]) seen(device D, began time.Time) {
	i.update(func() { i.pending.device, i.pending.hasDevice, i.pending.began = device, true, began })
}

func (i *inbox[D]) polled(err error) {
	i.update(func() { i.pending.err, i.lastErr = err, err })
}

func (i *inbox[D]) update(change func()) {
	i.mu.Lock()
	change()
	i.mu.Unlock()
	select {
	case i.ready <- struct{}{}:
	default:
	}
}

func (i *inbox[D]) take() pollUpdate[D] {
	i.mu.Lock()
	defer i.mu.Unlock()
	update := i.pending
	i.pending = pollUpdate[D]{}
	return update
}

func (i *inbox[D]) lastError() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.lastErr
}
