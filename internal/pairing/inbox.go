package pairing

import (
	"sync"
	"time"
)

// inbox holds the latest that the polls have brought, until the session reads it.
type inbox[D any] struct {
	ready chan struct{}

	mu       sync.Mutex
	unread   mail[D]
	lastPoll error // what the last poll failed with
}

// mail is what an inbox holds.
type mail[D any] struct {
	device D
	began  time.Time // when the poll began that brought the device
	isNew  bool      // the device has not been read
	err    error     // not read yet
}

// Seen delivers the device as a request showed it that began at the given time. It does not block.
func (i *inbox[D]) Seen(device D, began time.Time) {
	i.put(func() { i.unread.device, i.unread.began, i.unread.isNew = device, began, true })
}

// Polled delivers how a poll ended. It does not block.
func (i *inbox[D]) Polled(err error) {
	i.put(func() {
		i.lastPoll = err
		if err != nil {
			i.unread.err = err
		}
	})
}

func (i *inbox[D]) put(set func()) {
	i.mu.Lock()
	set()
	i.mu.Unlock()
	select {
	case i.ready <- struct{}{}:
	default:
	}
}

func (i *inbox[D]) take() mail[D] {
	i.mu.Lock()
	defer i.mu.Unlock()
	m := i.unread
	i.unread = mail[D]{}
	return m
}

func (i *inbox[D]) lastFailure() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.lastPoll
}
