package whatspie

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie/internal/poll"
)

// The defaults of [DevicesService.Pair].
const (
	defaultQRLifetime      = 20 * time.Second
	defaultFirstQRLifetime = 60 * time.Second
	defaultMaxQRCodes      = 6
)

// Pair connects a phone to a device: it yields each QR code to show, replaces it when it expires, watches the
// device meanwhile, and ends with [PairPaired] or with one error. A device that is paired already yields [PairPaired] at
// once.
// Transient failures are retried; those that last, such as an unreachable server, are [PairRetry] events. Breaking
// out of the range leaves nothing running. All loops of one [Client] share their status requests.
//
// An attempt that brings no code counts as one of [WithMaxQRCodes] while the device's status can be read, so a device
// that never gets a code ends the loop too. An outage uses up none.
//
// Errors that end it: [ErrQRCodesExhausted] (with the last failure, if any, in it), [ErrDeviceSuspended],
// [ErrDeviceNotFound] or, in other words of the server, [ErrNotFound], [ErrUnauthorized], [ErrForbidden],
// [ErrBadRequest], [ErrInvalidRequest], and the context's, with the failure that lasted until then in it. The end of the
// loop is the end of the code on show.
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
		defer s.poller.Join(ctx, &poll.Loop[Device]{ID: id, Seen: p.inbox.seen, Polled: p.inbox.polled})()
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

	spent   int   // of the codes that the loop may ask for
	last    error // why no code came, the last time none did
	failing error // why there is no code now
	shown   PairEvent
	fetched time.Time // when the code on show was
	goneAt  time.Time // when the server has it no longer
	status  PairedStatus
	asked   time.Time // when the poll that showed the status was
	// doubtful tells that the code on show may have expired, or the device has been in that state all along.
	doubtful bool
}

// nextCode fetches and announces a code, however many tries that takes.
func (p *pairing) nextCode() bool {
	for {
		if p.spent >= p.config.maxCodes {
			return p.exhausted()
		}
		code, asked, err := p.fetch(p.ctx)
		switch {
		case p.inbox.decided() && !p.read():
			return false
		case err == nil:
			ends := p.service.codes.add(p.id, code, asked, p.config.firstLifetime, p.config.lifetime)
			if ends.expiresAt.After(time.Now()) {
				return p.show(code, ends)
			}
			if !p.outlast(ends.goneAt) {
				return false
			}
			continue
		case errors.Is(err, errDecided):
			continue
		case errors.Is(err, ErrDeviceConnected):
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

// fetch asks for a code, unless the polls show meanwhile that none is needed any more.
func (p *pairing) fetch(ctx context.Context) (code *QRCode, asked time.Time, err error) {
	ctx, done := p.inbox.undecided(ctx)
	defer done()
	code, err = p.service.QR(ctx, p.id, withAsked(&asked))
	return code, asked, err
}

// show announces a code.
func (p *pairing) show(code *QRCode, ends shownCode) bool {
	p.spent++
	p.failing = nil
	p.fetched = time.Now()
	p.goneAt = ends.goneAt
	p.shown = PairEvent{Kind: PairQR, QR: code, Sequence: p.shown.Sequence + 1, ExpiresAt: ends.expiresAt}
	return p.yield(p.shown, nil)
}

// retry reports why there is no code, and waits a while before the next try.
func (p *pairing) retry(err error) bool {
	if p.ctx.Err() != nil || isFinal(err) {
		return p.end(err)
	}
	p.failing = err
	if !p.yield(PairEvent{Kind: PairRetry, Err: err}, nil) {
		return false
	}
	timer := time.NewTimer(max(p.service.pollInterval, p.service.retryAfter(err)))
	defer timer.Stop()
	if !p.watch(timer, false) {
		return false
	}
	if isNoCode(err) || p.inbox.served() { // a poll since then tells whether the server is there
		p.spent++
		p.last = err
	}
	return true
}

// untilExpired watches the device while its code can be scanned, then takes the code back.
func (p *pairing) untilExpired() bool {
	timer := time.NewTimer(time.Until(p.shown.ExpiresAt))
	defer timer.Stop()
	for {
		if !p.watch(timer, true) {
			return false
		}
		if !p.doubtful || !p.isCurrent(p.ctx) {
			break
		}
	}
	early := time.Now().Before(p.shown.ExpiresAt)
	expired := p.shown
	expired.Kind = PairQRExpired
	if !p.read() || !p.yield(expired, nil) {
		return false
	}
	if early {
		return true
	}
	return p.outlast(p.goneAt)
}

// outlast waits until the server cannot hand out the same code any more.
func (p *pairing) outlast(goneAt time.Time) bool {
	timer := time.NewTimer(time.Until(goneAt))
	defer timer.Stop()
	return p.watch(timer, false)
}

// watch reports what the polls show until the timer fires or, while a code is shown, has run out before its time.
func (p *pairing) watch(timer *time.Timer, showing bool) bool {
	for {
		select {
		case <-p.ctx.Done():
			return p.end(cmp.Or(p.failing, p.inbox.failure()))
		case <-timer.C:
			return true
		case <-p.inbox.ready:
		}
		before := p.status
		if !p.read() {
			return false
		}
		// What the device was before, or a poll that was asked before, says nothing of the code on show.
		if showing && p.status.is(PairedStatusExpired) && !before.is(PairedStatusExpired) && p.asked.After(p.fetched) {
			p.doubtful = before == ""
			return true
		}
	}
}

// isCurrent asks whether the code on show still is the device's, where a status is the first to be seen. Without an answer
// it is: there is no other to show.
func (p *pairing) isCurrent(ctx context.Context) bool {
	p.doubtful = false
	ctx, cancel := context.WithDeadline(ctx, p.shown.ExpiresAt)
	defer cancel()
	code, _, err := p.fetch(ctx)
	if err != nil {
		return !isNoCode(err)
	}
	return code.digest() == p.shown.QR.digest()
}

// read handles what the polls have brought since.
func (p *pairing) read() bool {
	device, asked, err := p.inbox.take()
	if device != nil {
		p.asked = asked
		if !p.met(device) {
			return false
		}
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
		p.service.codes.forget(p.id)
		p.yield(PairEvent{Kind: PairPaired, Device: device}, nil)
		return false
	case p.status.is(PairedStatusSuspended):
		return p.end(ErrDeviceSuspended)
	case before != "" && !before.is(p.status):
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
