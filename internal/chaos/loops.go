package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/whatspie-go/whatspie"
)

// loopInterval is how often the loops poll, which is as often as they may.
const loopInterval = time.Second

// pair connects a phone to a device that was just disconnected.
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
					l.t.breakf("the code of device %d cannot be scanned", id)
				}
			case event.Kind == whatspie.PairPaired:
				if !scanned.Load() || event.Device.ID != id || !event.Device.Paired() {
					l.t.breakf("device %d passes for paired as %d", id, event.Device.ID)
				}
			}
		}
		return nil
	})
}

// view is what one watcher believes of the devices.
type view struct {
	*load

	mu     sync.Mutex
	last   map[int64]whatspie.Device
	synced bool
}

// watch follows the flickering devices, or all there are, and holds each event against what it knew.
func (v *view) watch(ctx context.Context, all bool) {
	var opts []whatspie.WatchOption
	if !all {
		opts = append(opts, whatspie.WithDevices(v.flicker...))
	}
	for event, err := range v.client.Devices.Watch(ctx, opts...) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				v.t.breakf("a watch ended: %v", err)
			}
			return
		}
		v.take(event)
	}
}

func (v *view) take(event whatspie.WatchEvent) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch event.Kind {
	case whatspie.WatchSynced, whatspie.WatchRetry:
		if v.synced && event.Kind == whatspie.WatchSynced {
			v.t.breakf("a watch was synced twice")
		}
		v.synced = event.Kind == whatspie.WatchSynced
		return
	case whatspie.WatchRemoved:
		v.t.breakf("device %d passes for removed", event.Device.ID)
		return
	default:
	}
	now := *event.Device
	now.UpdatedAt = time.Time{} // it moves alone, and that is no change
	before, known := v.last[now.ID]
	switch {
	case known != (event.Kind == whatspie.WatchChanged), known && event.Previous.PairedStatus != before.PairedStatus:
		v.t.breakf("%v of device %d from %v, which it was not", event.Kind, now.ID, event.Previous)
	case known && now == before:
		v.t.breakf("device %d changed to what it was", now.ID)
	}
	v.last[now.ID] = now
}

// longestPause is more than what a Watch rests at most between two polls, after failures.
const longestPause = 40 * time.Second

// catchUp waits until the watcher believes what is true.
func (v *view) catchUp(number int) {
	end := time.Now().Add(longestPause)
	for _, id := range v.flicker {
		truth, _ := v.api.Device(id)
		believed := v.believed(id)
		for ; believed != truth.PairedStatus && time.Now().Before(end); believed = v.believed(id) {
			time.Sleep(loopInterval / 20)
		}
		if believed != truth.PairedStatus {
			v.t.breakf("watcher %d lost an update: device %d is %s and passes for %s", number, id, truth.PairedStatus, believed)
		}
	}
}

func (v *view) believed(id int64) whatspie.PairedStatus {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.last[id].PairedStatus
}
