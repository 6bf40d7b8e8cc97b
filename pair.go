package whatspie

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/whatspie-go/whatspie/internal/pairing"
	"github.com/whatspie-go/whatspie/internal/poll"
	"github.com/whatspie-go/whatspie/internal/qrimage"
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
	// PairQR asks to show the code in QR, in place of any earlier one. It is yielded once per code: the code stays on show
	// until the next PairQR or PairQRExpired, or until the loop ends.
	PairQR PairEventKind = iota + 1
	// PairQRExpired asks to stop showing the code in QR, without another to show yet: a phone that scanned it might hang.
	PairQRExpired
	// PairStatus reports that the device's paired_status changed, to anything but paired. What is on show stays.
	PairStatus
	// PairRetry reports a transient failure, in Err: of a request for the code or for the status. What is on show stays, and
	// the loop goes on by itself.
	PairRetry
	// PairPaired reports, as the last event, that a phone is connected to the device.
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

// PairEvent is one step of a connection.
type PairEvent struct {
	// Kind says what happened.
	Kind PairEventKind
	// QR is the code to show or to stop showing; nil for the other three kinds.
	QR *QRCode
	// Sequence is the number of the code in this loop, from 1; 0 for other kinds than PairQR and PairQRExpired. A code that
	// was taken back and turns out to be still the one keeps its number.
	Sequence int
	// ExpiresAt is when the code will be asked for again, by this machine's clock, and not when it dies: only the gateway
	// knows that. If it is still the one, it stays on show and no event says so. A countdown may run to ExpiresAt and then
	// say that the code is being checked; it must not hide the code. The zero time for other kinds than PairQR and
	// PairQRExpired.
	ExpiresAt time.Time
	// Device is the device as the API just showed it; nil for other kinds than PairStatus and PairPaired.
	Device *Device
	// Err is the failure of PairRetry; nil for other kinds.
	Err error
}

// PairOption changes one [DevicesService.Pair].
type PairOption func(*pairSettings) error

type pairSettings struct{ pairing.Rule }

// WithQRLifetime sets how long a code is trusted whose predecessor was seen, counted from the last request that still
// returned the predecessor. Default 20 s, as WhatsApp has it; less than 1 s is refused.
func WithQRLifetime(lifetime time.Duration) PairOption {
	return func(s *pairSettings) error {
		s.Lifetime = lifetime
		return checkQRDuration("WithQRLifetime", lifetime)
	}
}

// WithQRRecheck sets how often a code is asked for that is not trusted. Default 5 s; less than 1 s is refused.
func WithQRRecheck(interval time.Duration) PairOption {
	return func(s *pairSettings) error {
		s.Recheck = interval
		return checkQRDuration("WithQRRecheck", interval)
	}
}

// WithQRPatience sets how long the API may have no code yet before the loop ends with [ErrQRCodesExhausted]. Default 2
// minutes; less than 1 s is refused. The time of an outage does not count.
func WithQRPatience(patience time.Duration) PairOption {
	return func(s *pairSettings) error {
		s.Patience = patience
		return checkQRDuration("WithQRPatience", patience)
	}
}

// WithMaxQRCodes sets how many different codes are shown before [ErrQRCodesExhausted]. Default 6.
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

// Pair connects a phone to a device: it yields each QR code to show, replaces it when the gateway does, reads the device's
// status meanwhile, and ends with [PairPaired] or with one error. If the device is paired already, PairPaired is the first
// event. All loops of one [Client] share their status requests. Breaking out of the range leaves nothing running.
//
// Only the gateway knows how long a code lives, so Pair asks instead of assuming. Two responses hold the same code if their
// images show the same modules, or their links have the same host and path. A code whose predecessor was seen is trusted for
// 20 seconds (see [WithQRLifetime]) from the last request that still returned the predecessor. It is asked for again at the
// end of that time, and a quarter, a half and one recheck interval later; any other code, and every code after that, is
// asked for once per recheck interval of 5 seconds (see [WithQRRecheck]). If a later poll shows EXPIRED, the code is asked
// for at once, and is not trusted while EXPIRED lasts. The same code stays on show; another replaces it at once; a code that
// no response confirms for one recheck interval of failures, or two of silence, is taken back. PairEvent.ExpiresAt is when
// the code will be asked for again.
//
// After [WithMaxQRCodes] different codes, Pair lets the last one live out its trust, reads the status once more and ends. As
// long as the API has no code yet, because it says so (an empty code, "QR code generation failed", a 409, 422 or 425, or
// "Device connected" while the status is not PAIRED), no code is used up for 2 minutes (see [WithQRPatience]). Neither is any
// during an outage: a failure, or a response that is not the API's own, such as a proxy's page. Both are [PairRetry] events,
// and an outage does not end the loop. Failed requests are retried, less often the longer an outage
// lasts, and never before Retry-After has passed.
//
// Errors that end it: [ErrQRCodesExhausted] (with the last failure, if any, in it), [ErrDeviceSuspended],
// [ErrUnauthorized], [ErrInvalidRequest], and in the API's own words [ErrDeviceNotFound] or [ErrNotFound], [ErrForbidden] and
// [ErrBadRequest]; and the context's, with the failure that lasted until then in it. The end of the loop is the end of the
// code on show.
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
		own := *device // the other loops have the same one
		session.Seen(&own, began)
	}
	return s.poller.Join(ctx, &poll.Loop[Device]{ID: id, Seen: seen, Polled: session.Polled})
}

func (s *DevicesService) newPairing(id int64, rule pairing.Rule) *pairing.Session[*QRCode, *Device] {
	var session *pairing.Session[*QRCode, *Device]
	session = pairing.New(pairing.Gateway[*QRCode, *Device]{
		Code: func(ctx context.Context) (*QRCode, error) {
			code, err := s.QR(ctx, id, WithoutRetry()) // the session decides when to ask again
			if errors.Is(err, ErrDeviceConnected) {
				began := time.Now()
				if device, failed := s.Get(ctx, id, WithoutRetry()); failed == nil {
					session.Seen(device, began)
				}
			}
			return code, err
		},
		Device: func(ctx context.Context) (*Device, error) { return s.Get(ctx, id) },
		SameCode: func(a, b *QRCode) bool {
			return bytes.Equal(a.PNG(), b.PNG()) && a.URL() == b.URL() || a.identity() == b.identity()
		},
		Status:     pairingStatus,
		SameDevice: func(a, b *Device) bool { return a.ID == b.ID },
		SameState: func(a, b *Device) bool {
			return a.PairedStatus.is(b.PairedStatus)
		},
		Judge: func(err error) (pairing.Verdict, time.Duration) { return pairingVerdict(err), s.client.retryAfter(err) },
	}, rule)
	return session
}

// identity is a digest of what the image shows, however it is drawn, or of where the link leads, whatever its query.
func (q *QRCode) identity() qrimage.Key {
	if link, err := url.Parse(q.URL()); err == nil && q.URL() != "" {
		return sha256.Sum256([]byte(link.Scheme + "://" + link.Host + link.EscapedPath()))
	}
	if grid, err := q.grid(); err == nil {
		return grid.Key()
	}
	return sha256.Sum256(q.PNG())
}

func pairingStatus(device *Device) pairing.Status {
	switch {
	case device.Paired():
		return pairing.Paired
	case device.PairedStatus.is(PairedStatusSuspended):
		return pairing.Suspended
	case device.PairedStatus.is(PairedStatusExpired):
		return pairing.Expired
	default:
		return pairing.Waiting
	}
}

func pairingVerdict(err error) pairing.Verdict {
	switch {
	case endsLoop(err):
		return pairing.Final
	case isNotYet(err):
		return pairing.NotYet
	default:
		return pairing.Outage
	}
}

// isNotYet reports whether the API said that it has no code, as opposed to nothing of its own.
func isNotYet(err error) bool {
	if errors.Is(err, ErrQRNotReady) || errors.Is(err, ErrQRGeneration) || errors.Is(err, ErrDeviceConnected) {
		return true
	}
	var failed *APIError
	if !errors.As(err, &failed) {
		return false
	}
	switch failed.status() {
	case http.StatusConflict, http.StatusUnprocessableEntity, http.StatusTooEarly:
		return true
	default:
		return errors.Is(err, ErrUnexpectedResponse) && hasEnvelope(err)
	}
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

// pairError is why a session ended without a phone.
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
