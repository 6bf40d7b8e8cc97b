package poll

import "slices"

// Kind is what an [Event] reports.
type Kind int

// The kinds of [Event].
const (
	// Present reports a device found before the first complete list ended.
	Present Kind = iota + 1
	// Synced reports that all events of the list have been taken.
	Synced
	// Added reports a new device.
	Added
	// Changed reports a device in another state.
	Changed
	// Removed reports a device that is gone, in its last state.
	Removed
	// Retry reports a failed poll.
	Retry
	// Ended reports the failure that ended the tracking.
	Ended
)

// Event is one observation of a [Tracker]. The devices are copies.
type Event[D any] struct {
	Kind             Kind
	Device, Previous *D
	Err              error
}

// queue holds at most one change per device and three other events: Synced, Retry, Synced. A change leads from the
// state that the consumer took last to the latest one, so a slow consumer only misses states in between.
type queue[D any] struct {
	isChange func(before, now D) bool
	events   []*entry[D] // including dropped ones
	dropped  int
	changes  map[int64]*entry[D]
	// retry is the queued Retry, recovery the Synced queued after it.
	retry, recovery *entry[D]
}

// entry is a queued event.
type entry[D any] struct {
	kind        Kind // Present or Added; only if before is nil
	id          int64
	before, now *D // before is nil if the consumer does not know the device
	removed     bool
	err         error
	dropped     bool
}

func newQueue[D any](isChange func(before, now D) bool) queue[D] {
	return queue[D]{isChange: isChange, changes: map[int64]*entry[D]{}}
}

// change queues a device's state. For a new device before is nil; isInitial reports that no poll has succeeded yet.
func (q *queue[D]) change(id int64, before, now *D, isInitial bool) {
	kind := Added
	if isInitial {
		kind = Present
	}
	q.merge(&entry[D]{kind: kind, id: id, before: before, now: now})
}

// remove queues the removal of a device; last is its last state.
func (q *queue[D]) remove(id int64, last *D) {
	q.merge(&entry[D]{id: id, before: last, now: last, removed: true})
}

// merge updates the queued change of the same device. A change that cancels out is dropped.
func (q *queue[D]) merge(change *entry[D]) {
	queued := q.changes[change.id]
	if queued != nil {
		queued.now, queued.removed = change.now, change.removed
	} else {
		queued = q.push(change)
		q.changes[change.id] = queued
	}
	if q.cancelsOut(queued) {
		q.drop(queued)
	}
}

// cancelsOut reports whether the device is again as the consumer knows it.
func (q *queue[D]) cancelsOut(e *entry[D]) bool {
	if e.removed || e.before == nil {
		return e.removed && e.before == nil
	}
	return !q.isChange(*e.before, *e.now)
}

// fail queues a Retry, in place of a queued one and the Synced after it.
func (q *queue[D]) fail(err error) {
	for _, outdated := range []*entry[D]{q.recovery, q.retry} {
		if outdated != nil {
			q.drop(outdated)
		}
	}
	q.retry = q.push(&entry[D]{kind: Retry, err: err})
}

// sync queues a Synced.
func (q *queue[D]) sync() {
	synced := q.push(&entry[D]{kind: Synced})
	if q.retry != nil {
		q.recovery = synced
	}
}

func (q *queue[D]) push(e *entry[D]) *entry[D] {
	q.events = append(q.events, e)
	return e
}

// drop removes a queued event; the slice is compacted later.
func (q *queue[D]) drop(e *entry[D]) {
	q.detach(e)
	e.dropped = true
	if q.dropped++; q.dropped > len(q.events)/2 {
		q.events = slices.DeleteFunc(q.events, func(e *entry[D]) bool { return e.dropped })
		q.dropped = 0
	}
}

// detach ensures that the next event of this kind or device is queued as a new entry.
func (q *queue[D]) detach(e *entry[D]) {
	switch e {
	case q.retry:
		q.retry, q.recovery = nil, nil
	case q.recovery:
		q.recovery = nil
	default:
		delete(q.changes, e.id) // no-op for a Synced: its ID is 0, which no device has
	}
}

// take removes and returns the oldest event.
func (q *queue[D]) take() (Event[D], bool) {
	for len(q.events) > 0 {
		e := q.events[0]
		q.events[0] = nil
		if q.events = q.events[1:]; len(q.events) == 0 {
			q.events = nil
		}
		if !e.dropped {
			q.detach(e)
			return e.event(), true
		}
		q.dropped--
	}
	return Event[D]{}, false
}

func (e *entry[D]) event() Event[D] {
	event := Event[D]{Kind: e.kind, Device: copyOf(e.now), Err: e.err}
	switch {
	case e.removed:
		event.Kind = Removed
	case e.before != nil:
		event.Kind, event.Previous = Changed, copyOf(e.before)
	}
	return event
}

// copyOf returns a copy of the device, or nil for nil.
func copyOf[D any](device *D) *D {
	if device == nil {
		return nil
	}
	copied := *device
	return &copied
}
