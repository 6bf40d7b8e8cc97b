package whatspie

import (
	"context"
	"slices"
	"sync"
)

// fleet is what one Watch knows: the devices as they were last, and the changes its consumer has yet to take.
type fleet struct {
	config watchConfig
	ready  chan struct{}

	mu       sync.Mutex
	devices  map[int64]known
	poll     uint64 // numbers the polls, to tell which devices the last one has shown
	complete bool   // a poll has shown the whole fleet
	alone    bool   // the last device seen was asked for by itself
	// other has the last records from the other endpoint, where both were asked.
	other   map[int64]*record
	changes []pending
	failing error // the last poll's
}

// known is what a Watch knows of a device.
type known struct {
	record *record // never changed, only replaced: queued changes point to it too
	poll   uint64
}

// pending is a change that the consumer has yet to take.
type pending struct {
	id          int64
	now, before *record
	removed     bool
	err         error
}

func newFleet(config watchConfig) *fleet {
	return &fleet{config: config, ready: make(chan struct{}, 1), devices: map[int64]known{}, other: map[int64]*record{}}
}

// seen compares a device with what is known of it. The second of two in one answer with the same ID is nobody's.
func (f *fleet) seen(device *Device, how sighting) {
	if device.ID < 1 {
		return // nothing to know it by
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	last, isKnown := f.devices[device.ID]
	if isKnown && last.poll == f.poll {
		return
	}
	before := last.record
	if isKnown && how.alone != f.alone {
		before = f.switched(device, last.record)
	}
	f.alone = how.alone
	if isKnown && before.device(device.ID) == *device {
		f.devices[device.ID] = known{before, f.poll}
		return
	}
	now := newRecord(device)
	f.devices[device.ID] = known{now, f.poll}
	isNews := !f.config.changesOnly || f.complete
	if isKnown {
		isNews = f.matters(before.device(device.ID), *device)
	}
	if isNews {
		f.queue(pending{id: device.ID, now: now, before: before})
	}
}

// switched is what a device, seen now at one endpoint, was until now, when it was last seen at the other: the two need not
// have the same fields.
func (f *fleet) switched(now *Device, last *record) *record {
	here := *now
	if like := f.other[now.ID]; like != nil {
		here = like.device(now.ID)
	}
	f.other[now.ID] = last
	before := asBefore(*now, last.device(now.ID), here)
	return newRecord(&before)
}

// polled finds the removed devices after a complete poll, in the order of their IDs.
func (f *fleet) polled(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	shown := f.poll
	f.poll++
	f.failing = err
	if err != nil {
		f.queue(pending{err: err})
		return
	}
	var gone []int64
	for id, device := range f.devices {
		if device.poll != shown {
			gone = append(gone, id)
		}
	}
	slices.Sort(gone)
	for _, id := range gone {
		last := f.devices[id].record
		delete(f.devices, id)
		delete(f.other, id)
		f.queue(pending{id: id, now: last, before: last, removed: true})
	}
	f.complete = true
}

// lastFailure is what the last poll failed with, nil if it did not.
func (f *fleet) lastFailure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failing
}

// matters tells a change from a counter that moved.
func (f *fleet) matters(a, b Device) bool {
	a.UpdatedAt = b.UpdatedAt
	if !f.config.usage {
		a.Subscription = b.Subscription
	}
	return a != b
}

func (f *fleet) queue(change pending) {
	f.changes = append(f.changes, change)
	select {
	case f.ready <- struct{}{}:
	default:
	}
}

// hand passes the queued changes on, unless the context ends; the devices are the consumer's to keep and change. False ends
// the loop.
func (f *fleet) hand(ctx context.Context, yield func(DeviceChange, error) bool) bool {
	f.mu.Lock()
	changes := f.changes
	f.changes = nil
	f.mu.Unlock()
	for _, change := range changes {
		if ctx.Err() != nil {
			return true // the loop tells it
		}
		if change.err != nil && isFinal(change.err) {
			yield(DeviceChange{}, change.err)
			return false
		}
		if !yield(change.tell(), nil) {
			return false
		}
	}
	return true
}

func (p pending) tell() DeviceChange {
	change := DeviceChange{Removed: p.removed, Err: p.err}
	if p.now != nil {
		now := p.now.device(p.id)
		change.Device = &now
	}
	if p.before != nil {
		before := p.before.device(p.id)
		change.Previous = &before
	}
	return change
}
