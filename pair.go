package whatspie

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// The defaults of [DevicesService.Pair].
const (
	defaultPollInterval    = 3 * time.Second
	defaultQRLifetime      = 20 * time.Second
	defaultFirstQRLifetime = 60 * time.Second
	defaultMaxQRCodes      = 6
)

// PairEventKind says what a [PairEvent] reports.
type PairEventKind int

// The kinds of [PairEvent].
const (
	// PairQR asks to show the code in QR, in place of any earlier one, until ExpiresAt.
	PairQR PairEventKind = iota + 1
	// PairQRExpired asks to stop showing the code in QR: a phone that scans it now would hang.
	PairQRExpired
	// PairStatus reports that the device's paired_status changed, to anything but paired.
	PairStatus
	// PairRetry reports a transient failure, in Err. The loop goes on by itself.
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
	// QR is the code to show or to stop showing; nil for other kinds than PairQR and PairQRExpired.
	QR *QRCode
	// Sequence is the number of the code in this loop, from 1; 0 for other kinds than PairQR and PairQRExpired.
	Sequence int
	// ExpiresAt is when the code stops working, by this machine's clock; zero for other kinds than PairQR and
	// PairQRExpired.
	ExpiresAt time.Time
	// Device is the device as the API just showed it; nil for other kinds than PairStatus and PairPaired.
	Device *Device
	// Err is the failure of PairRetry; nil for other kinds.
	Err error
}

// Pair connects a phone to a device: it yields each QR code to show, replaces it when it expires, watches the
// device meanwhile, and ends with [PairPaired] or with one error. A device that is paired already ends it at once.
// Transient failures are retried; those that last, such as an unreachable server, are [PairRetry] events. Breaking
// out of the range leaves nothing running. All loops of one [Client] share their status requests.
//
// An answer in place of a code, such as "not ready" or "connected" where the device is not, counts as one of the
// codes, so a device that never gets one ends too.
//
// Errors that end it: [ErrQRCodesExhausted] (with the last failure, if any, in it), [ErrDeviceSuspended],
// [ErrDeviceNotFound], [ErrUnauthorized], [ErrForbidden], [ErrBadRequest], [ErrInvalidRequest], and the context's.
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) Pair(ctx context.Context, id int64, opts ...PairOption) iter.Seq2[PairEvent, error] {
	return func(yield func(PairEvent, error) bool) {
		to := deviceRoute(id, "/qr")
		config, err := newPairConfig(opts)
		if err = errors.Join(to.err, err, contextGiven(ctx)); err != nil {
			yield(PairEvent{}, invalid(http.MethodGet, to.path, err))
			return
		}
		p := &pairing{service: s, ctx: ctx, id: id, path: to.path, config: config, yield: yield, inbox: newInbox()}
		watch := &observer{
			interval: config.interval,
			ids:      map[int64]bool{id: true},
			confirm:  true,
			seen:     p.inbox.seen,
			polled:   p.inbox.polled,
		}
		s.poller.join(ctx, watch)
		defer s.poller.leave(watch)
		for p.nextCode() && p.untilExpired() {
			continue
		}
	}
}

// pairing is one range over Pair. Its steps return false when the range is over.
type pairing struct {
	service *DevicesService
	ctx     context.Context
	id      int64
	path    string
	config  pairConfig
	yield   func(PairEvent, error) bool
	inbox   *inbox

	spent  int   // of the codes that the loop may ask for
	last   error // why no code came, the last time none did
	shown  PairEvent
	status PairedStatus
}

// nextCode fetches and announces a code, however many tries that takes.
func (p *pairing) nextCode() bool {
	for {
		if p.spent >= p.config.maxCodes {
			return p.exhausted()
		}
		code, err := p.service.QR(p.ctx, p.id)
		if err == nil {
			return p.show(code)
		}
		if errors.Is(err, ErrDeviceConnected) {
			device, failed := p.service.Get(p.ctx, p.id)
			switch {
			case failed != nil:
				err = failed
			case !p.met(device):
				return false
			}
		}
		if !p.retry(err) {
			return false
		}
	}
}

// show announces a code, unless the device was paired while it was fetched.
func (p *pairing) show(code *QRCode) bool {
	p.spent++
	lifetime := p.config.lifetime
	if p.shown.Sequence == 0 {
		lifetime = p.config.firstLifetime
	}
	expiry := p.service.codes.expiry(p.id, code, lifetime)
	p.shown = PairEvent{Kind: PairQR, QR: code, Sequence: p.shown.Sequence + 1, ExpiresAt: expiry}
	return p.read() && p.yield(p.shown, nil)
}

// retry reports why there is no code, and waits a while before the next try.
func (p *pairing) retry(err error) bool {
	if p.ctx.Err() != nil || isFinal(err) {
		return p.end(err)
	}
	if isNoCode(err) {
		p.spent++
		p.last = err
	}
	if !p.yield(PairEvent{Kind: PairRetry, Err: err}, nil) {
		return false
	}
	timer := time.NewTimer(max(p.config.interval, p.service.asked(err)))
	defer timer.Stop()
	return p.watch(timer, "")
}

// untilExpired watches the device while its code can be scanned, then takes the code back.
func (p *pairing) untilExpired() bool {
	timer := time.NewTimer(time.Until(p.shown.ExpiresAt))
	defer timer.Stop()
	if !p.watch(timer, PairedStatusExpired) {
		return false
	}
	expired := p.shown
	expired.Kind = PairQRExpired
	return p.read() && p.yield(expired, nil)
}

// watch reports what the polls show until the timer fires or the device takes the given status.
func (p *pairing) watch(timer *time.Timer, until PairedStatus) bool {
	for {
		select {
		case <-p.ctx.Done():
			return p.end(nil)
		case <-timer.C:
			return true
		case <-p.inbox.ready:
		}
		before := p.status
		if !p.read() {
			return false
		}
		if until != "" && p.status == until && before != until {
			return true
		}
	}
}

// read handles what the polls have brought since.
func (p *pairing) read() bool {
	device, err := p.inbox.take()
	if device != nil && !p.met(device) {
		return false
	}
	switch {
	case err == nil:
		return true
	case isFinal(err):
		return p.end(err)
	default:
		return p.yield(PairEvent{Kind: PairRetry, Err: err}, nil)
	}
}

// met takes notice of the device: false when that is the end.
func (p *pairing) met(device *Device) bool {
	before := p.status
	p.status = device.PairedStatus
	switch {
	case device.Paired():
		p.yield(PairEvent{Kind: PairPaired, Device: device}, nil)
		return false
	case p.status == PairedStatusSuspended:
		return p.end(ErrDeviceSuspended)
	case before != "" && before != p.status:
		return p.yield(PairEvent{Kind: PairStatus, Device: device}, nil)
	default:
		return true
	}
}

// exhausted gives a phone that scanned in the last moment its chance before the loop ends.
func (p *pairing) exhausted() bool {
	device, err := p.service.Get(p.ctx, p.id)
	switch {
	case err == nil && !p.met(device):
		return false
	case err != nil && (p.ctx.Err() != nil || isFinal(err)):
		return p.end(err)
	}
	reason := fmt.Errorf("%w after %d", ErrQRCodesExhausted, p.spent)
	if p.last != nil {
		reason = fmt.Errorf("%w: %w", reason, p.last)
	}
	return p.end(reason)
}

// end yields the one error that ends the loop; without a reason of its own, that is the context's.
func (p *pairing) end(reason error) bool {
	p.yield(PairEvent{}, ended(p.ctx, http.MethodGet, p.path, reason))
	return false
}

// ended makes the end of what takes several calls an APIError like any other.
func ended(ctx context.Context, method, path string, reason error) error {
	var failed *APIError
	if errors.As(reason, &failed) && !errors.Is(reason, ErrQRCodesExhausted) {
		return reason
	}
	return &APIError{Method: method, Path: path, context: transport.ContextError(ctx), cause: reason}
}

// isNoCode knows the answers that stand in the place of a code, as opposed to no answer.
func isNoCode(err error) bool {
	return errors.Is(err, ErrQRNotReady) || errors.Is(err, ErrQRGeneration) || errors.Is(err, ErrDeviceConnected) ||
		errors.Is(err, ErrUnexpectedResponse)
}

// isFinal knows the failures that waiting does not mend.
func isFinal(err error) bool {
	for _, final := range []error{ErrUnauthorized, ErrForbidden, ErrNotFound, ErrBadRequest, ErrInvalidRequest} {
		if errors.Is(err, final) {
			return true
		}
	}
	return false
}
