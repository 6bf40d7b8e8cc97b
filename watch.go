package whatspie

import (
	"context"
	"errors"
	"iter"
	"net/http"
)

// DeviceChange is one thing that [DevicesService.Watch] noticed.
type DeviceChange struct {
	// Device is the device as it is now, or as it last was if Removed; nil only where Err is set.
	Device *Device
	// Previous is the device as it was before; nil for the snapshot, for a new device and where Err is set.
	Previous *Device
	// Removed tells that the account has the device no longer.
	Removed bool
	// Err is a transient failure of a poll; nil for a change. The loop goes on by itself, more slowly while
	// failures last.
	Err error
}

// Watch yields every device as it is, then everything that changes: a connection made or lost, a suspension, a new
// name, number or plan, a new device, a removed one. Changes wait for a slow consumer, none is dropped, and a device
// that changes back and forth is told of every time. What happens and ends between two polls the API does not show. A
// moved UpdatedAt alone is no change, and a device without an ID is left out.
//
// Transient failures are changes with Err set: a poll is not retried, the next one takes its place. Breaking out
// of the range leaves nothing running. All loops of one [Client] share their status requests: a Watch costs one
// GET /devices per interval, whatever the number of devices.
//
// Errors that end it: [ErrUnauthorized], [ErrForbidden], [ErrNotFound] where the API is not, [ErrBadRequest],
// [ErrInvalidRequest], and the context's, with the failure of the last poll in it.
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) Watch(ctx context.Context, opts ...WatchOption) iter.Seq2[DeviceChange, error] {
	return func(yield func(DeviceChange, error) bool) {
		config, err := newWatchConfig(opts)
		if err = errors.Join(err, contextGiven(ctx)); err != nil {
			yield(DeviceChange{}, invalid(http.MethodGet, devicesRoute().path, err))
			return
		}
		f := newFleet(config)
		watch := &observer{interval: config.interval, ids: config.ids, urgent: true, seen: f.seen, polled: f.polled}
		s.poller.join(ctx, watch)
		defer s.poller.leave(watch)
		for {
			select {
			case <-ctx.Done():
				yield(DeviceChange{}, ended(ctx, http.MethodGet, devicesRoute().path, f.lastFailure()))
				return
			case <-f.ready:
			}
			if !f.hand(ctx, yield) {
				return
			}
		}
	}
}
