package whatspie

import "sync"

// inbox keeps the latest that the polls have shown of one device, until its loop reads it.
type inbox struct {
	ready chan struct{}

	mu     sync.Mutex
	device *Device
	err    error
}

func newInbox() *inbox { return &inbox{ready: make(chan struct{}, 1)} }

func (i *inbox) seen(device *Device) {
	own := *device // the other loops have the same one
	i.put(func() { i.device = &own })
}

func (i *inbox) polled(err error) {
	if err != nil {
		i.put(func() { i.err = err })
	}
}

func (i *inbox) put(set func()) {
	i.mu.Lock()
	set()
	i.mu.Unlock()
	select {
	case i.ready <- struct{}{}:
	default:
	}
}

// take empties the inbox; nil where nothing came.
func (i *inbox) take() (*Device, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	device, err := i.device, i.err
	i.device, i.err = nil, nil
	return device, err
}
