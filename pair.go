package whatspie

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie/internal/pairing"
	"github.com/whatspie-go/whatspie/internal/poll"
)

// The defaults of [DevicesService.Pair], and the shortest durations that its options take.
const (
	defaultQRLifetime = 20 * time.Second
	defaultQRRecheck  = 5 * time.Second
	defaultQRPatience = 2 * time.Minute
	defaultMaxQRCodes = 6
	minQRDuration     = time.Second
)

// PairEventKind says what a [PairEvent] reports.
type PairEventKind int

// The kinds of [PairEvent].
const (
	// PairQR means: show the code in QR, in place of any earlier one. Keep showing it until the next PairQR or
	// PairQRExpired, or until the loop ends. A code that was withdrawn may be yielded again.
	PairQR PairEventKind = iota + 1
	// PairQRExpired means: stop showing the code in QR, because a phone that scans it might hang. There is no other code
	// yet.
	PairQRExpired
	// PairStatus reports that the device's paired_status changed, but neither to PAIRED nor to SUSPENDED, which end the
	// loop. It does not affect the code shown.
	PairStatus
	// PairRetry reports in Err that a request for the code or the status failed, or that the API has no code yet. It
	// does not affect the code shown; the loop retries by itself.
	PairRetry
	// PairPaired reports that a phone is connected to the device. It is the last event.
	PairPaired
)

// String returns the name of the constant.
func (k PairEventKind) String() string {
	switch k {
	case PairQR:
		return "PairQR"
	case PairQRExpired:
		return "PairQRExpired"
	case PairStatus:
		return "PairStatus"
	case PairRetry:
		return "PairRetry"
	case PairPaired:
		return "PairPaired"
	default:
		return fmt.Sprintf("PairEventKind(%d)", int(k))
	}
}

// PairEvent is one event of [DevicesService.Pair].
type PairEvent struct {
	// Kind says what happened.
	Kind PairEventKind
	// QR is the code to show or to stop showing; nil for kinds other than PairQR and PairQRExpired.
	QR *QRCode
	// Sequence is the number of the code in this loop, from 1; 0 for kinds other than PairQR and PairQRExpired. A code
	// that was withdrawn keeps its number if it is shown again.
	Sequence int
	// ExpiresAt is when Pair will request the code again, by this machine's clock; the zero time for kinds other than
	// PairQR. It is not when the code stops working: only the gateway knows that. If the API returns the same code again,
	// no event follows. A countdown may run to ExpiresAt and then say that the code is being checked, but must not hide
	// the code.
	ExpiresAt time.Time
	// Device is the device as the API just returned it, the caller's own copy; nil for kinds other than PairStatus and
	// PairPaired.
	Device *Device
	// Err is why the request failed; nil for kinds other than PairRetry.
	Err error
}

// PairOption is an option of [DevicesService.Pair].
type PairOption func(*pairSettings) error

type pairSettings pairing.Limits

// WithQRLifetime sets how long a code is fresh (see [DevicesService.Pair]), counted from the last request that returned
// the previous code or none. Default 20 s, the usual lifetime of every code after the first. The minimum is 1 s; with
// less, the loop ends with [ErrInvalidRequest].
func WithQRLifetime(lifetime time.Duration) PairOption {
	return func(s *pairSettings) error {
		s.Lifetime = lifetime
		return checkQRDuration("WithQRLifetime", lifetime)
	}
}

// WithQRRecheck sets how often Pair requests the code again while the code shown is not fresh (see
// [DevicesService.Pair]). Default 5 s. The minimum is 1 s; with less, the loop ends with [ErrInvalidRequest].
func WithQRRecheck(interval time.Duration) PairOption {
	return func(s *pairSettings) error {
		s.Recheck = interval
		return checkQRDuration("WithQRRecheck", interval)
	}
}

// WithQRPatience sets how long the API may report that it has no code yet before the loop ends with
// [ErrQRCodesExhausted]. Default 2 minutes. The minimum is 1 s; with less, the loop ends with [ErrInvalidRequest]. The
// duration of an outage does not count.
func WithQRPatience(patience time.Duration) PairOption {
	return func(s *pairSettings) error {
		s.Patience = patience
		return checkQRDuration("WithQRPatience", patience)
	}
}

// WithMaxQRCodes sets how many different codes are shown before the loop ends with [ErrQRCodesExhausted]. Default 6.
// The minimum is 1; with less, the loop ends with [ErrInvalidRequest].
func WithMaxQRCodes(n int) PairOption {
	return func(s *pairSettings) error {
		if n < 1 {
			return fmt.Errorf("WithMaxQRCodes: %d is below 1", n)
		}
		s.MaxCodes = n
		return nil
	}
}

func checkQRDuration(option string, d time.Duration) error {
	if d < minQRDuration {
		return fmt.Errorf("%s: %v is below %v", option, d, minQRDuration)
	}
	return nil
}

func newPairSettings(opts []PairOption) (pairSettings, error) {
	s := pairSettings{
		Lifetime: defaultQRLifetime,
		Recheck:  defaultQRRecheck,
		Patience: defaultQRPatience,
		MaxCodes: defaultMaxQRCodes,
	}
	for _, opt := range opts {
		if opt == nil {
			return s, errors.New("a pair option is nil")
		}
		if err := opt(&s); err != nil {
			return s, err
		}
	}
	return s, nil
}

// Pair connects a phone to a device. It yields each QR code to show, yields the next one when the gateway replaces it,
// polls the device's status meanwhile, and ends with [PairPaired] or with one error. If the device is already paired,
// PairPaired is the first event, unless a request fails. All loops of one [Client] share their polls. If the caller
// breaks out of the range, nothing keeps running.
//
// The codes come from the gateway, Whatspie's connection to WhatsApp. Only the gateway knows how long a code is valid,
// so Pair requests the code again and compares. Two responses contain the same code if their images show the same
// modules, or if their links are equal. A different code replaces the one shown at once.
//
// A code is fresh for 20 seconds (see [WithQRLifetime]), counted from the last request that returned the previous code
// or none. The code in the first response is not fresh, because its age is unknown. Pair requests the code:
//
//   - every recheck interval of 5 seconds (see [WithQRRecheck]), unless the code shown is fresh;
//   - when the code shown stops being fresh, and again a quarter, a half and one recheck interval later;
//   - at once, if a poll that began after the last of these requests reports the status EXPIRED. If the response contains
//     the same code, the status was wrong, and Pair ignores EXPIRED from then on.
//
// Pair withdraws the code shown ([PairQRExpired]) if no response has confirmed it within one recheck interval after
// the first request that failed, or within two if no response arrives at all. On average, Pair requests the
// code at most 13 times a minute, unless responses are lost. The polls, which all loops share, and one status request
// after each "Device connected" come on top.
//
// Pair gives up with [ErrQRCodesExhausted] in two cases:
//
//   - The gateway replaces the last of [WithMaxQRCodes] different codes, and the status, which Pair then reads once more,
//     is still not PAIRED.
//   - The API has no code for 2 minutes (see [WithQRPatience]). It may say so with an empty code, with "QR code
//     generation failed", with status 409, 422 or 425, with "Device connected" while the status is not PAIRED, or with a
//     response in its envelope that contains no valid code.
//
// An outage does not end the loop: neither a response that does not come from the API itself, such as a proxy's error
// page, nor any failure that is not listed below. During an outage and while the API has no code, Pair yields
// [PairRetry], and the number of codes does not grow. Failed requests are retried, less often the longer an outage
// lasts, and never before Retry-After has passed (at most 60 seconds).
//
// The ID may be a phone number. Pair then follows the device that has the number in the first poll, even if the number
// moves to another device.
//
// Errors that end it: [ErrQRCodesExhausted], with the last failure in its chain; [ErrDeviceSuspended];
// [ErrUnauthorized]; [ErrInvalidRequest]; status 400, 403 or 404 in the API's envelope ([ErrBadRequest],
// [ErrForbidden], [ErrNotFound] such as [ErrDeviceNotFound]), unless it says "Device connected"; and the context's
// error, with the last failure in its chain if requests were failing. When the loop ends, stop showing the code.
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) Pair(ctx context.Context, id int64, opts ...PairOption) iter.Seq2[PairEvent, error] {
	return func(yield func(PairEvent, error) bool) {
		to := deviceRoute(id, "/qr")
		settings, err := newPairSettings(opts)
		if err := checkLoop(ctx, to, err); err != nil {
			yield(PairEvent{}, err)
			return
		}
		end := s.runPairing(ctx, id, settings, yield)
		switch end.Reason {
		case pairing.Abandoned:
		case pairing.Connected:
			yield(PairEvent{Kind: PairPaired, Device: &end.Device}, nil)
		default:
			yield(PairEvent{}, loopError(ctx, http.MethodGet, to.path, pairError(end)))
		}
	}
}

// runPairing yields all events but the last. Nothing keeps running when it returns.
func (s *DevicesService) runPairing(
	ctx context.Context, id int64, settings pairSettings, yield func(PairEvent, error) bool,
) pairing.End[Device] {
	var subscriber poll.Subscriber[Device]
	session := s.newPairing(subscriber.ID, pairing.Limits(settings))
	subscriber.Seen = func(device *Device, began time.Time) { session.Seen(*device, began) }
	subscriber.Polled = session.Polled
	defer s.poller.Subscribe(ctx, id, &subscriber)()
	return session.Run(ctx, func(event pairing.Event[*QRCode, Device]) bool { return yield(newPairEvent(event), nil) })
}

func newPairEvent(event pairing.Event[*QRCode, Device]) PairEvent {
	e := PairEvent{QR: event.Code, Sequence: event.Number, ExpiresAt: event.CheckAt, Err: event.Err}
	switch event.Kind {
	case pairing.Show:
		e.Kind = PairQR
	case pairing.Withdraw:
		e.Kind = PairQRExpired
	case pairing.Changed:
		e.Kind, e.Device = PairStatus, &event.Device
	case pairing.Failed:
		e.Kind = PairRetry
	}
	return e
}

// pairError returns the error of a session that ended without a phone.
func pairError(end pairing.End[Device]) error {
	switch {
	case end.Reason == pairing.DeviceSuspended:
		return ErrDeviceSuspended
	case end.Reason != pairing.Exhausted:
		return end.Err
	case end.Err != nil:
		return fmt.Errorf("%w: %d shown, last failure: %w", ErrQRCodesExhausted, end.Codes, hideText(withoutPrefix(end.Err), end.Err))
	default:
		return fmt.Errorf("%w: %d shown", ErrQRCodesExhausted, end.Codes)
	}
}
