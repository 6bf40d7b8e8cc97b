package whatspie

import (
	"errors"
	"slices"
	"sync"
	"unique"
)

// fleet is what one Watch knows: a record per device, and the changes its consumer has yet to take.
type fleet struct {
	config watchConfig
	ready  chan struct{}

	mu       sync.Mutex
	records  map[int64]record
	poll     uint64 // numbers the polls, to tell which records the last one has shown
	complete bool   // a poll has shown the whole fleet
	changes  []DeviceChange
}

type record struct {
	device *Device // never changed, only replaced: queued changes point to it too
	poll   uint64
}

func newFleet(config watchConfig) *fleet {
	return &fleet{config: config, ready: make(chan struct{}, 1), records: map[int64]record{}}
}

// seen compares a device with what is known of it.
func (f *fleet) seen(device *Device) {
	if device.ID < 1 {
		return // nothing to know it by
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	known, ok := f.records[device.ID]
	if ok && *known.device == *device {
		f.records[device.ID] = record{known.device, f.poll}
		return
	}
	now := compact(device)
	f.records[now.ID] = record{now, f.poll}
	switch {
	case !ok && f.config.changesOnly && !f.complete:
	case !ok:
		f.queue(DeviceChange{Device: now})
	case f.matters(known.device, now):
		f.queue(DeviceChange{Device: now, Previous: known.device})
	}
}

// polled finds the removed devices after a complete poll, in the order of their IDs.
func (f *fleet) polled(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	shown := f.poll
	f.poll++
	if err != nil && !errors.Is(err, ErrDeviceNotFound) {
		f.queue(DeviceChange{Err: err})
		return
	}
	var gone []int64
	for id, known := range f.records {
		if known.poll != shown {
			gone = append(gone, id)
		}
	}
	slices.Sort(gone)
	for _, id := range gone {
		last := f.records[id].device
		delete(f.records, id)
		f.queue(DeviceChange{Device: last, Previous: last, Removed: true})
	}
	f.complete = true
}

// matters tells a change from a counter that moved.
func (f *fleet) matters(before, now *Device) bool {
	a, b := *before, *now
	a.UpdatedAt = b.UpdatedAt
	if !f.config.usage {
		a.Subscription.QuotaUsed = b.Subscription.QuotaUsed
	}
	return a != b
}

func (f *fleet) queue(change DeviceChange) {
	f.changes = append(f.changes, change)
	select {
	case f.ready <- struct{}{}:
	default:
	}
}

// hand passes the queued changes on, as copies: the consumer may keep and change them. False ends the loop.
func (f *fleet) hand(yield func(DeviceChange, error) bool) bool {
	f.mu.Lock()
	changes := f.changes
	f.changes = nil
	f.mu.Unlock()
	for _, change := range changes {
		if change.Err != nil && isFinal(change.Err) {
			yield(DeviceChange{}, change.Err)
			return false
		}
		change.Device, change.Previous = clone(change.Device), clone(change.Previous)
		if !yield(change, nil) {
			return false
		}
	}
	return true
}

func clone(device *Device) *Device {
	if device == nil {
		return nil
	}
	own := *device
	return &own
}

// compact copies a device so that the texts which most devices share are held once.
func compact(device *Device) *Device {
	small := *device
	small.WebhookURL = unique.Make(small.WebhookURL).Value()
	small.Status = unique.Make(small.Status).Value()
	small.Version = unique.Make(small.Version).Value()
	small.PairedStatus = unique.Make(small.PairedStatus).Value()
	small.Server = unique.Make(small.Server).Value()
	small.Package = unique.Make(small.Package).Value()
	return &small
}
