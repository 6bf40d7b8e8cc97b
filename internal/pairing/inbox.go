package pairing

import (
	"sync"
	"time"
)

// inbox holds the latest poll results until the session takes them. Older results are overwritten.
type inbox[D any] struct {
	ready chan struct{}

	mu          sync.Mutex
	pending     pollUpdate[D]
	lastPollErr error
}

// pollUpdate is what the polls delivered since the last take.
type pollUpdate[D any] struct {
	device    D
	hasDevice bool
	began     time.Time // when the request that returned the device began
	err       error     // of the latest poll; nil if it succeeded
}

// Seen delivers a device and the time at which the request that returned it began. It does not block.
func (i *inbox[D]) Seen(device D, began time.Time) {
	i.update(func() { i.pending.device, i.pending.hasDevice, i.pending.began = device, true, began })
}

// Polled delivers the result of a poll. It does not block.
func (i *inbox[D]) Polled(err error) {
	i.update(func() { i.lastPollErr, i.pending.err = err, err })
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

func (i *inbox[D]) lastPollError() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.lastPollErr
}
