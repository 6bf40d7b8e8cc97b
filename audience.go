package whatspie

import (
	"slices"
	"time"
)

// sighting is how a poll came to see a device.
type sighting struct {
	// asked is when the poll began.
	asked time.Time
	// alone tells that the device was asked for by itself, and not found in the list.
	alone bool
}

// audience is who hears about one poll.
type audience struct {
	sighting sighting
	all      []*observer
	byID     map[int64][]*observer
	// found are the keys of byID that the poll has shown.
	found map[int64]bool
}

func newAudience(observers []*observer) *audience {
	a := &audience{sighting: sighting{asked: time.Now()}, byID: map[int64][]*observer{}, found: map[int64]bool{}}
	for _, o := range observers {
		if o.ids == nil {
			a.all = append(a.all, o)
		}
		for id := range o.ids {
			a.byID[id] = append(a.byID[id], o)
		}
	}
	return a
}

// alone names the device when nobody waits for another.
func (a *audience) alone() (int64, bool) {
	if len(a.all) > 0 || len(a.byID) != 1 {
		return 0, false
	}
	for id := range a.byID {
		return id, true
	}
	return 0, false
}

func (a *audience) seen(device *Device) {
	for _, o := range a.all {
		o.seen(device, a.sighting)
	}
	if len(a.byID) == 0 {
		return
	}
	for _, id := range []int64{device.ID, phoneID(device)} {
		for _, o := range a.byID[id] {
			o.seen(device, a.sighting)
			a.found[id] = true
		}
	}
}

func (a *audience) polled(err error) {
	for _, o := range a.all {
		o.polled(err)
	}
	told := map[*observer]bool{}
	for _, observers := range a.byID {
		for _, o := range observers {
			if !told[o] {
				o.polled(err)
				told[o] = true
			}
		}
	}
}

// missing are the devices that somebody wants confirmed and the poll has not shown, in order.
func (a *audience) missing() []int64 {
	var missing []int64
	for id, observers := range a.byID {
		if !a.found[id] && slices.ContainsFunc(observers, func(o *observer) bool { return o.confirm }) {
			missing = append(missing, id)
		}
	}
	slices.Sort(missing)
	return missing
}
