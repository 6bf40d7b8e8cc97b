package whatspie

import (
	"cmp"
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
	changes  []pending
	failing  error // the last poll's
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
	return &fleet{config: config, ready: make(chan struct{}, 1), devices: map[int64]known{}}
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
	elsewhere := how.alone != f.alone
	f.alone = how.alone
	if isKnown && last.record.device(device.ID) == *device {
		f.devices[device.ID] = known{last.record, f.poll}
		return
	}
	now := newRecord(device)
	f.devices[device.ID] = known{now, f.poll}
	isNews := !f.config.changesOnly || f.complete
	if isKnown {
		isNews = f.matters(last.record.device(device.ID), *device, elsewhere)
	}
	if isNews {
		f.queue(pending{id: device.ID, now: now, before: last.record})
	}
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

// matters tells a change from a counter that moved, and from a field that one of the two endpoints leaves out.
func (f *fleet) matters(a, b Device, elsewhere bool) bool {
	if elsewhere {
		a, b = filled(a, b), filled(b, a)
	}
	a.UpdatedAt = b.UpdatedAt
	if !f.config.usage {
		a.Subscription = b.Subscription
	}
	return a != b
}

// filled is a device with another's values where it has none.
func filled(d, other Device) Device {
	d.Name = cmp.Or(d.Name, other.Name)
	d.Phone = cmp.Or(d.Phone, other.Phone)
	d.WebhookURL = cmp.Or(d.WebhookURL, other.WebhookURL)
	d.Status = cmp.Or(d.Status, other.Status)
	d.Version = cmp.Or(d.Version, other.Version)
	d.PairedStatus = cmp.Or(d.PairedStatus, other.PairedStatus)
	d.CreatedAt = cmp.Or(d.CreatedAt, other.CreatedAt)
	d.Server = cmp.Or(d.Server, other.Server)
	d.Package = cmp.Or(d.Package, other.Package)
	d.Subscription = cmp.Or(d.Subscription, other.Subscription)
	return d
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
