package poll

import (
	"slices"
	"sync"
)

// maxMisses is the number of complete lists in a row that must lack a device before it counts as removed.
const maxMisses = 3

// TrackerConfig configures a [Tracker].
type TrackerConfig[D any] struct {
	// Includes reports whether to track a device. It is tracked from then on, until it is removed.
	Includes func(device *D) bool
	// IsChange reports whether a difference between two states is worth an event.
	IsChange func(before, now D) bool
	// Ends reports whether a failed poll ends the tracking.
	Ends func(err error) bool
	// ChangesOnly suppresses events of kind [Present].
	ChangesOnly bool
}

// Tracker subscribes to all devices: it keeps their last states and queues the differences as events.
type Tracker[D comparable] struct {
	config TrackerConfig[D]
	ready  chan struct{}

	mu      sync.Mutex
	devices map[int64]*tracked[D]
	// appeared are the devices that only the current poll has returned. They count once its list is complete.
	appeared []int64
	polls    int // number of polls so far, to recognize devices that the current poll has returned
	queue    queue[D]
	synced   bool  // a poll has succeeded
	lastErr  error // of the last poll
	endErr   error // why the tracking ended
}

// tracked is the last state of a device.
type tracked[D any] struct {
	last   *D  // replaced, never modified: queued events share it
	poll   int // the last one that returned it
	misses int // complete lists in a row that lacked it
}

// NewTracker returns a Tracker without devices.
func NewTracker[D comparable](config TrackerConfig[D]) *Tracker[D] {
	return &Tracker[D]{
		config:  config,
		ready:   make(chan struct{}, 1),
		devices: map[int64]*tracked[D]{},
		queue:   newQueue(config.IsChange),
	}
}

// Ready signals that Next may have an event.
func (t *Tracker[D]) Ready() <-chan struct{} { return t.ready }

// Next takes the oldest event. After the last one it returns [Ended].
func (t *Tracker[D]) Next() (Event[D], bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	event, ok := t.queue.take()
	if !ok && t.endErr != nil {
		return Event[D]{Kind: Ended, Err: t.endErr}, true
	}
	return event, ok
}

// LastError returns the error of the last poll, nil if it succeeded.
func (t *Tracker[D]) LastError() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lastErr
}

// update applies a change and wakes the consumer, unless the tracking has ended.
func (t *Tracker[D]) update(change func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.endErr == nil {
		change()
		notify(t.ready)
	}
}

// seen records a listed device. IDs below 1 are ignored, and so is a second device with the same ID.
func (t *Tracker[D]) seen(id int64, device *D) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.endErr != nil || id < 1 {
		return
	}
	known, isKnown := t.devices[id]
	switch {
	case isKnown && known.poll == t.polls:
		return
	case !isKnown && !t.config.Includes(device):
		return
	case !isKnown:
		now := *device
		t.devices[id] = &tracked[D]{last: &now, poll: t.polls}
		t.appeared = append(t.appeared, id)
		return
	}
	known.poll, known.misses = t.polls, 0
	if *known.last == *device {
		return
	}
	before, now := known.last, *device
	known.last = &now
	t.queue.change(id, before, &now, !t.synced)
	notify(t.ready)
}

// failed records a failed poll.
func (t *Tracker[D]) failed(err error) {
	t.update(func() {
		t.polls++
		t.lastErr = err
		for _, id := range t.appeared {
			delete(t.devices, id)
		}
		t.appeared = nil
		if t.config.Ends(err) {
			t.endErr = err
			return
		}
		t.queue.fail(err)
	})
}

// endList records the end of a complete list. It returns the devices that the list lacks, except those that it removes
// after maxMisses.
func (t *Tracker[D]) endList() (missing []int64) {
	t.update(func() {
		if t.synced || !t.config.ChangesOnly {
			for _, id := range t.appeared {
				t.queue.change(id, nil, t.devices[id].last, !t.synced)
			}
		}
		t.appeared = nil
		for id, device := range t.devices {
			if device.poll != t.polls {
				device.misses++
				missing = append(missing, id)
			}
		}
		slices.Sort(missing)
		missing = slices.DeleteFunc(missing, func(id int64) bool {
			isRemoved := t.devices[id].misses == maxMisses
			if isRemoved {
				t.remove(id)
			}
			return isRemoved
		})
		t.polls++
	})
	return missing
}

func (t *Tracker[D]) remove(id int64) {
	if device := t.devices[id]; device != nil {
		t.queue.remove(id, device.last)
		delete(t.devices, id)
	}
}

// endPoll records the end of a successful poll; gone are the devices that the server reported as not found.
func (t *Tracker[D]) endPoll(gone []int64) {
	t.update(func() {
		for _, id := range gone {
			t.remove(id)
		}
		if !t.synced || t.lastErr != nil {
			t.queue.sync()
		}
		t.synced, t.lastErr = true, nil
	})
}

// notify sends a signal unless one is pending.
func notify(signal chan struct{}) {
	select {
	case signal <- struct{}{}:
	default:
	}
}
