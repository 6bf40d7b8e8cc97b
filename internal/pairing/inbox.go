package pairing

import (
	"sync"
	"time"
)

// inbox holds the latest that the polls have brought, until the session reads it.
type inbox[D any] struct {
	ready chan struct{}

	mu      sync.Mutex
	device  D
	began   time.Time // of the poll that brought the device
	isNew   bool      // the device has not been read
	err     error     // not read yet
	failure error     // of the last poll
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

// mail is what an inbox held.
type mail[D any] struct {
	device D
	began  time.Time
	isNew  bool
	err    error
}

func (i *inbox[D]) take() mail[D] {
	i.mu.Lock()
	defer i.mu.Unlock()
	m := mail[D]{device: i.device, began: i.began, isNew: i.isNew, err: i.err}
	i.isNew, i.err = false, nil
	return m
}

func (i *inbox[D]) lastFailure() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.failure
}
