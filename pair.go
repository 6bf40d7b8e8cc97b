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
	// PairQR means: show the code in QR, in place of any earlier one. It is yielded once per code: keep showing the code
	// until the next PairQR or PairQRExpired, or until the loop ends.
	PairQR PairEventKind = iota + 1
	// PairQRExpired means: stop showing the code in QR, because a phone that scans it might hang. There is no other code yet.
	PairQRExpired
	// PairStatus reports that the device's paired_status changed, to anything but PAIRED. Keep showing the code.
	PairStatus
	// PairRetry reports in Err that a request for the code or the status failed. Keep showing the code; the loop retries by
	// itself.
	PairRetry
	// PairPaired reports that a phone is connected to the device. It is the last event.
	PairPaired
)

// String names the kind.
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
	// QR is the code to show or to stop showing; nil for the other three kinds.
	QR *QRCode
	// Sequence is the number of the code in this loop, from 1; 0 for kinds other than PairQR and PairQRExpired. A code that
	// was taken back keeps its number if it is shown again.
	Sequence int
	// ExpiresAt is when Pair will request the code again, by this machine's clock. It is not when the code stops working:
	// only the gateway knows that. If the response has the same code, it stays on show and there is no event. A countdown
	// may run to ExpiresAt and then say that the code is being checked; it must not hide the code. The zero time for kinds
	// other than PairQR and PairQRExpired.
	ExpiresAt time.Time
	// Device is the device as the API just returned it; nil for kinds other than PairStatus and PairPaired.
	Device *Device
	// Err is why the request failed; nil for kinds other than PairRetry.
	Err error
}

// PairOption is an option of [DevicesService.Pair].
type PairOption func(*pairSettings) error

type pairSettings struct{ pairing.Rule }

// WithQRLifetime sets how long a code is trusted, counted from the last request that returned its predecessor or no code.
// Default 20 s, the lifetime that WhatsApp gives its codes; less than 1 s is refused.
func WithQRLifetime(lifetime time.Duration) PairOption {
	return func(s *pairSettings) error {
		s.Lifetime = lifetime
		return checkQRDuration("WithQRLifetime", lifetime)
	}
}

// WithQRRecheck sets how often a code that is not trusted is requested again. Default 5 s; less than 1 s is refused.
func WithQRRecheck(interval time.Duration) PairOption {
	return func(s *pairSettings) error {
		s.Recheck = interval
		return checkQRDuration("WithQRRecheck", interval)
	}
}

// WithQRPatience sets how long the API may say that it has no code yet before the loop ends with [ErrQRCodesExhausted].
// Default 2 minutes; less than 1 s is refused. The time of an outage does not count.
func WithQRPatience(patience time.Duration) PairOption {
	return func(s *pairSettings) error {
		s.Patience = patience
		return checkQRDuration("WithQRPatience", patience)
	}
}

// WithMaxQRCodes sets how many different codes are shown before the loop ends with [ErrQRCodesExhausted]. Default 6; less
// than 1 is refused.
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

func newPairingRule(opts []PairOption) (pairing.Rule, error) {
	s := pairSettings{pairing.Rule{
		Lifetime: defaultQRLifetime,
		Recheck:  defaultQRRecheck,
		Patience: defaultQRPatience,
		MaxCodes: defaultMaxQRCodes,
	}}
	for _, opt := range opts {
		if opt == nil {
			return s.Rule, errors.New("a pair option is nil")
		}
		if err := opt(&s); err != nil {
			return s.Rule, err
		}
	}
	return s.Rule, nil
}

// Pair connects a phone to a device. It yields each QR code to show, replaces it when the gateway does, polls the device's
// status meanwhile, and ends with [PairPaired] or with one error. If the device is already paired, PairPaired is the only
// event. All loops of one [Client] share their polls. Breaking out of the range leaves nothing running.
//
// Only the gateway knows how long a code lives, so Pair requests the code again and again instead of assuming a lifetime.
// Two responses hold the same code if their images show the same modules, or if their links have the same scheme, host and
// path. The same code stays on show; a different code replaces it at once. A code is trusted for 20 seconds (see
// [WithQRLifetime]) from the last request that returned its predecessor or no code; a code that was already there at the
// first response is not trusted. A trusted code is requested again when that time is over, and then a quarter, a half and
// one recheck interval later. Every other code is requested again once per recheck interval of 5 seconds (see
// [WithQRRecheck]). If a poll that began after the last request shows EXPIRED, the code is requested at once; it is not
// trusted while EXPIRED lasts. If that request returns the same code, EXPIRED is ignored until the status changes. A code
// on show is taken back if no response has confirmed it one recheck interval after the first request that failed, or two
// if no response arrives at all. That comes to at most 13 requests a minute on average, unless responses are lost.
//
// After [WithMaxQRCodes] different codes, the last one stays on show until the gateway replaces it; then Pair reads the
// status once more and ends. No code is used up while the API says that it has none yet: an empty code, "QR code generation
// failed", status 409, 422 or 425, or "Device connected" while the status is not PAIRED. After 2 minutes of that, Pair ends
// (see [WithQRPatience]). An outage uses up no code and does not end the loop: it is any failed request, and any response
// that is not the API's own, such as a proxy's page. All of these are [PairRetry] events. Failed requests are retried, less often
// the longer an outage lasts, and never before Retry-After has passed.
//
// The ID may be a phone number. Pair then stays with the device that the first poll shows, even if the number moves.
//
// Errors that end it: [ErrQRCodesExhausted], with the last failure in its chain; [ErrDeviceSuspended];
// [ErrUnauthorized]; [ErrInvalidRequest]; [ErrDeviceNotFound] or another [ErrNotFound], [ErrForbidden] and [ErrBadRequest],
// if the response has the API's envelope; and the context's error, with the failure that lasted until then in its chain.
// When the loop ends, stop showing the code.
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) Pair(ctx context.Context, id int64, opts ...PairOption) iter.Seq2[PairEvent, error] {
	return func(yield func(PairEvent, error) bool) {
		to := deviceRoute(id, "/qr")
		rule, err := newPairingRule(opts)
		if err = errors.Join(to.err, err, contextGiven(ctx)); err != nil {
			yield(PairEvent{}, invalidRequest(http.MethodGet, to.path, err))
			return
		}
		session := s.newPairing(id, rule)
		leave := s.joinPolls(ctx, id, session)
		defer leave()
		end := session.Run(ctx, func(event pairing.Event[*QRCode, *Device]) bool {
			return yield(newPairEvent(event), nil)
		})
		switch err := pairError(end); end.Reason {
		case pairing.Abandoned:
		case pairing.Connected:
			yield(PairEvent{Kind: PairPaired, Device: end.Device}, nil)
		default:
			yield(PairEvent{}, loopError(ctx, http.MethodGet, to.path, err))
		}
	}
}

func (s *DevicesService) joinPolls(ctx context.Context, id int64, session *pairing.Session[*QRCode, *Device]) (leave func()) {
	seen := func(device *Device, began time.Time) {
		own := *device // the other loops share device
		session.Seen(&own, began)
	}
	return s.poller.Join(ctx, &poll.Loop[Device]{ID: id, Seen: seen, Polled: session.Polled})
}

func newPairEvent(event pairing.Event[*QRCode, *Device]) PairEvent {
	e := PairEvent{QR: event.Code, Sequence: event.Number, ExpiresAt: event.AskAt, Device: event.Device, Err: event.Err}
	switch event.Kind {
	case pairing.Show:
		e.Kind = PairQR
	case pairing.TakeBack:
		e.Kind = PairQRExpired
	case pairing.Changed:
		e.Kind = PairStatus
	case pairing.Failed:
		e.Kind = PairRetry
	}
	return e
}

// pairError returns the error of a session that ended without a phone.
func pairError(end pairing.End[*Device]) error {
	switch {
	case end.Reason == pairing.DeviceSuspended:
		return ErrDeviceSuspended
	case end.Reason != pairing.Exhausted:
		return end.Err
	case end.Err != nil:
		return fmt.Errorf("%w after %d: %w", ErrQRCodesExhausted, end.Codes, end.Err)
	default:
		return fmt.Errorf("%w after %d", ErrQRCodesExhausted, end.Codes)
	}
}
