package whatspie

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/whatspie-go/whatspie/internal/poll"
)

// WaitPaired blocks until a phone is connected to the device, and returns the device. It polls at once, then once per
// [WithPollInterval], and shares its polls with the other loops of the [Client]. It requests no QR code; use
// [DevicesService.Pair] for that. A failed poll is not retried; the next poll takes its place, after the same pauses as
// in [DevicesService.Watch].
//
// The ID may be a phone number. WaitPaired then follows the device that has the number in the first poll, even if the
// number moves to another device.
//
// Errors that end it: [ErrDeviceSuspended]; [ErrUnauthorized]; [ErrInvalidRequest]; status 400, 403 or 404 in the API's
// envelope ([ErrBadRequest], [ErrForbidden], [ErrNotFound] such as [ErrDeviceNotFound]); and the context's error, with
// the last failure in its chain if polls were failing. Any other failure counts as an outage.
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) WaitPaired(ctx context.Context, id int64) (*Device, error) {
	to := deviceRoute(id, "")
	if err := checkLoop(ctx, to, nil); err != nil {
		return nil, err
	}
	w := &pairedWait{outcome: make(chan pairedOutcome, 1)}
	defer s.poller.Subscribe(ctx, id, &poll.Subscriber[Device]{AtOnce: true, Seen: w.seen, Polled: w.polled})()
	select {
	case <-ctx.Done():
		return nil, loopError(ctx, http.MethodGet, to.path, w.lastError())
	case outcome := <-w.outcome:
		if outcome.err != nil {
			return nil, loopError(context.WithoutCancel(ctx), http.MethodGet, to.path, outcome.err)
		}
		return outcome.device, nil
	}
}

// pairedWait collects poll results for one WaitPaired.
type pairedWait struct {
	outcome chan pairedOutcome
	lastErr atomic.Pointer[error]
}

type pairedOutcome struct {
	device *Device
	err    error
}

func (w *pairedWait) seen(device *Device, _ time.Time) {
	switch {
	case device.Paired():
		copied := *device
		w.end(pairedOutcome{device: &copied})
	case device.PairedStatus.is(PairedStatusSuspended):
		w.end(pairedOutcome{err: ErrDeviceSuspended})
	}
}

func (w *pairedWait) polled(err error) {
	w.lastErr.Store(&err)
	if endsLoop(err) {
		w.end(pairedOutcome{err: err})
	}
}

func (w *pairedWait) end(outcome pairedOutcome) {
	select {
	case w.outcome <- outcome:
	default: // the channel already holds an outcome
	}
}

func (w *pairedWait) lastError() error {
	if err := w.lastErr.Load(); err != nil {
		return *err
	}
	return nil
}
