package pairing

import (
	"sync"
	"time"
)

// inbox keeps the latest poll result until the session reads it.
type inbox[D any] struct {
	ready chan struct{}

	mu       sync.Mutex
	unread   mail[D]
	lastPoll error // the error of the last poll
}

// mail is the content of an inbox.
type mail[D any] struct {
	device D
	began  time.Time // when the poll that returned the device began
	isNew  bool      // device has not been read yet
	err    error     // not read yet
}

// Seen delivers a device and when the request that returned it began. It does not block.
func (i *inbox[D]) Seen(device D, began time.Time) {
	i.put(func() { i.unread.device, i.unread.began, i.unread.isNew = device, began, true })
}

// Polled delivers the result of a poll. It does not block.
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
