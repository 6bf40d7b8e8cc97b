package poll

import (
	"slices"
	"sync"
)

// maxMisses is how many complete lists in a row have to lack a device that is gone for good.
const maxMisses = 3

// Rules are what a [Tracker] looks at.
type Rules[D any] struct {
	// Includes reports whether a device is of interest.
	Includes func(device *D) bool
	// IsChange reports whether the difference between two states of a device is worth an event.
	IsChange func(before, now D) bool
	// Ends reports whether a failure ends the loop.
	Ends func(err error) bool
	// ChangesOnly leaves out the events of kind [Present].
	ChangesOnly bool
}

// Tracker follows all devices on behalf of one loop: it keeps what the lists showed last, and queues the differences.
type Tracker[D comparable] struct {
	rules Rules[D]
	ready chan struct{}

	mu      sync.Mutex
	devices map[int64]*tracked[D]
	poll    int // the number of the poll, to know which devices it has shown
	queue   queue[D]
	synced  bool  // a list was complete
	failing error // what the last poll failed with
	end     error
}

// tracked is what a Tracker knows of a device.
type tracked[D any] struct {
	device *D // replaced, never changed: queued events share it
	poll   int
	misses int // complete lists in a row that lacked it
}

// NewTracker returns a Tracker that knows no device yet.
func NewTracker[D comparable](rules Rules[D]) *Tracker[D] {
	return &Tracker[D]{
		rules:   rules,
		ready:   make(chan struct{}, 1),
		devices: map[int64]*tracked[D]{},
		queue:   newQueue(rules.IsChange),
	}
}

// Ready signals that Next may have an event.
func (t *Tracker[D]) Ready() <-chan struct{} { return t.ready }

// Next takes the oldest event off the queue. The last one is of kind [Ended].
func (t *Tracker[D]) Next() (Event[D], bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	event, ok := t.queue.take()
	if !ok && t.end != nil {
		return Event[D]{Kind: Ended, Err: t.end}, true
	}
	return event, ok
}

// Failing returns what the last poll failed with, nil if it did not.
func (t *Tracker[D]) Failing() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failing
}

// update changes the state, unless the loop has met its end, and wakes the loop.
func (t *Tracker[D]) update(change func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.end == nil {
		change()
		notify(t.ready)
	}
}

// seen takes in a device of the list. An ID below 1 identifies none, and of two devices with the same ID the first counts.
func (t *Tracker[D]) seen(id int64, device *D) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.end != nil || id < 1 || !t.rules.Includes(device) {
		return
	}
	last, known := t.devices[id]
	switch {
	case !known:
		last = &tracked[D]{}
		t.devices[id] = last
	case last.poll == t.poll:
		return
	}
	last.poll, last.misses = t.poll, 0
	if known && *last.device == *device {
		return
	}
	before, now := last.device, *device
	last.device = &now
	if known || t.synced || !t.rules.ChangesOnly {
		t.queue.change(id, before, &now, !t.synced)
		notify(t.ready)
	}
}

// failed takes in the failure of a poll.
func (t *Tracker[D]) failed(err error) {
	t.update(func() {
		t.poll++
		t.failing = err
		if t.rules.Ends(err) {
			t.end = err
			return
		}
		t.queue.retry(err)
	})
}

// listed takes in the end of a complete list, and returns the devices that it lacks and that may yet exist.
func (t *Tracker[D]) listed() (missing []int64) {
	t.update(func() {
		for id, device := range t.devices {
			if device.poll != t.poll {
				device.misses++
				missing = append(missing, id)
			}
		}
		slices.Sort(missing)
		missing = slices.DeleteFunc(missing, func(id int64) bool {
			isGone := t.devices[id].misses == maxMisses
			if isGone {
				t.remove(id)
			}
			return isGone
		})
		t.poll++
	})
	return missing
}

func (t *Tracker[D]) remove(id int64) {
	if device := t.devices[id]; device != nil {
		t.queue.remove(id, device.device)
		delete(t.devices, id)
	}
}

// complete takes in the end of a poll that did not fail, and the devices that do not exist, as the server said meanwhile.
func (t *Tracker[D]) complete(gone []int64) {
	t.update(func() {
		for _, id := range gone {
			t.remove(id)
		}
		if !t.synced || t.failing != nil {
			t.queue.sync()
		}
		t.synced, t.failing = true, nil
	})
}

func notify(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}
