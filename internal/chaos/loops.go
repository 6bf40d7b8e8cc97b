package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/whatspie-go/whatspie"
)

// pollInterval is the shortest interval that WithPollInterval allows.
const pollInterval = time.Second

// pair disconnects a device and connects a phone to it.
func (l *load) pair(id int64) {
	l.api.Disconnect(id)
	var scanned atomic.Bool
	l.t.timed(5*time.Second, func(ctx context.Context) error {
		for event, err := range l.client.Devices.Pair(ctx, id) {
			switch {
			case err != nil:
				return err
			case event.Kind == whatspie.PairQR:
				payload, ok := l.api.QRPayload(id)
				scanned.Store(true)
				if !ok || !l.api.ScanCode(payload) {
					l.t.violationf("the code of device %d cannot be scanned", id)
				}
			case event.Kind == whatspie.PairPaired:
				if !scanned.Load() || event.Device.ID != id || !event.Device.Paired() {
					l.t.violationf("device %d was reported as paired, as device %d", id, event.Device.ID)
				}
			}
		}
		return nil
	})
}

// watcher is a Watch loop and the devices as it has reported them.
type watcher struct {
	*load

	mu      sync.Mutex
	devices map[int64]whatspie.Device
	synced  bool
}

// watch watches all devices or only the changing ones, and checks each event.
func (w *watcher) watch(ctx context.Context, all bool) {
	var opts []whatspie.WatchOption
	if !all {
		opts = append(opts, whatspie.WithDevices(w.changing...))
	}
	for event, err := range w.client.Devices.Watch(ctx, opts...) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				w.t.violationf("a watch ended: %v", err)
			}
			return
		}
		w.apply(event)
	}
}

// apply checks an event against the previous state of its device, and stores the new one.
func (w *watcher) apply(event whatspie.WatchEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch event.Kind {
	case whatspie.WatchSynced, whatspie.WatchRetry:
		if w.synced && event.Kind == whatspie.WatchSynced {
			w.t.violationf("a watch was synced twice")
		}
		w.synced = event.Kind == whatspie.WatchSynced
		return
	case whatspie.WatchRemoved:
		w.t.violationf("device %d was reported as removed", event.Device.ID)
		return
	default:
	}
	now := *event.Device
	now.UpdatedAt = time.Time{} // not a change by itself
	before, known := w.devices[now.ID]
	switch {
	case known != (event.Kind == whatspie.WatchChanged), known && event.Previous.PairedStatus != before.PairedStatus:
		w.t.violationf("%v of device %d has the wrong previous state %v", event.Kind, now.ID, event.Previous)
	case known && now == before:
		w.t.violationf("device %d was reported as changed, but is equal", now.ID)
	}
	w.devices[now.ID] = now
}

// maxPollPause is longer than the longest pause of a Watch after failures.
const maxPollPause = 40 * time.Second

// waitUntilCurrent waits until the watcher has the current status of each changing device.
func (w *watcher) waitUntilCurrent(number int) {
	end := time.Now().Add(maxPollPause)
	for _, id := range w.changing {
		device, _ := w.api.Device(id)
		status := w.status(id)
		for ; status != device.PairedStatus && time.Now().Before(end); status = w.status(id) {
			time.Sleep(pollInterval / 20)
		}
		if status != device.PairedStatus {
			w.t.violationf("watcher %d lost an update: device %d is %s, reported as %s", number, id, device.PairedStatus, status)
		}
	}
}

func (w *watcher) status(id int64) whatspie.PairedStatus {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.devices[id].PairedStatus
}
