package whatspie

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errDecided ends a request whose answer no longer matters.
var errDecided = errors.New("the device's status has decided")

// inbox keeps the latest that the polls have shown of one device, until its loop reads it.
type inbox struct {
	ready chan struct{}

	mu     sync.Mutex
	device *Device
	asked  time.Time // when the device was asked for
	err    error
	ok     bool  // the last poll succeeded
	failed error // what the last poll failed with, nil if it did not
	// decide is called with what ends the loop.
	decide context.CancelCauseFunc
}

func newInbox() *inbox {
	return &inbox{ready: make(chan struct{}, 1), decide: func(error) {}}
}

func (i *inbox) seen(device *Device, asked time.Time) {
	own := *device // the other loops have the same one
	i.put(func() { i.device, i.asked = &own, asked })
}

func (i *inbox) polled(err error) {
	if err != nil {
		i.put(func() { i.err, i.failed, i.ok = err, err, false })
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ok, i.failed = true, nil
}

// failure is what the last poll failed with, nil if it did not.
func (i *inbox) failure() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.failed
}

func (i *inbox) put(set func()) {
	i.mu.Lock()
	set()
	if i.decisive() {
		i.decide(errDecided)
	}
	i.mu.Unlock()
	select {
	case i.ready <- struct{}{}:
	default:
	}
}

// undecided is a context that also ends with the arrival of what ends the loop.
func (i *inbox) undecided(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.decide = cancel
	if i.decisive() {
		cancel(errDecided)
	}
	return ctx, func() { cancel(nil) }
}

// decided tells that what ends the loop has arrived.
func (i *inbox) decided() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.decisive()
}

func (i *inbox) decisive() bool {
	return isFinal(i.err) || i.device != nil && (i.device.Paired() || i.device.PairedStatus.is(PairedStatusSuspended))
}

// served tells that the last poll succeeded: the server is there.
func (i *inbox) served() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.ok
}

// take empties the inbox; nil where nothing came.
func (i *inbox) take() (device *Device, asked time.Time, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	device, asked, err = i.device, i.asked, i.err
	i.device, i.err = nil, nil
	return device, asked, err
}
