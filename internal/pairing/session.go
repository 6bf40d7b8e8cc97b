package pairing

import (
	"context"
	"sync"
	"time"
)

// Session is one attempt to connect a phone. Create it with [New], deliver poll results with Seen and Polled, and call
// Run once.
type Session[C, D any] struct {
	gateway   Gateway[C, D]
	limits    Limits
	polls     inbox[D]
	responses chan response[C]
	requests  sync.WaitGroup

	// The fields below belong to Run.
	yield        func(Event[C, D]) bool
	schedule     schedule
	codelessTime codelessTime
	end          *End[D]
	device       D
	hasDevice    bool  // a poll has returned device
	failure      error // of the last request for the code; nil if it succeeded

	lastShow Event[C, D] // of the latest code
	isShown  bool        // the latest code has not been withdrawn
	// latestUsedRequest is when the latest request whose response was used was sent.
	latestUsedRequest time.Time
	// unconfirmedSince is when the first request that has not confirmed the shown code was sent; zero if none.
	unconfirmedSince time.Time
}

// response is the result of a request for the code.
type response[C any] struct {
	code                    C
	err                     error
	requestedAt, receivedAt time.Time
}

// New returns a session that has not started.
func New[C, D any](gateway Gateway[C, D], limits Limits) *Session[C, D] {
	return &Session[C, D]{
		gateway:   gateway,
		limits:    limits,
		polls:     inbox[D]{ready: make(chan struct{}, 1)},
		responses: make(chan response[C]),
		schedule:  schedule{limits: limits},
	}
}

// Seen delivers a device and the time at which the request that returned it began. It does not block.
func (s *Session[C, D]) Seen(device D, began time.Time) { s.polls.seen(device, began) }

// Polled delivers the result of a poll: nil or its error. It does not block.
func (s *Session[C, D]) Polled(err error) { s.polls.polled(err) }

// Run yields the session's events until it ends. No goroutine outlives it.
func (s *Session[C, D]) Run(ctx context.Context, yield func(Event[C, D]) bool) End[D] {
	ctx, cancel := context.WithCancel(ctx)
	defer s.requests.Wait()
	defer cancel()
	s.yield = yield
	s.schedule.due = time.Now()
	for s.end == nil {
		s.step(ctx)
	}
	s.end.Codes = s.lastShow.Number
	return *s.end
}

// step waits until something happens or is due, and handles it, poll results first.
func (s *Session[C, D]) step(ctx context.Context) {
	timer := time.NewTimer(time.Until(s.nextStep()))
	defer timer.Stop()
	var received *response[C]
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-s.polls.ready:
	case r := <-s.responses:
		received = &r
	}
	if ctx.Err() != nil {
		s.interrupt()
		return
	}
	s.handleUpdate(s.polls.take())
	if received != nil && s.end == nil {
		s.handleResponse(ctx, *received)
	}
	if s.end == nil {
		s.performDue(ctx)
	}
}

// nextStep returns when the next scheduled action is due.
func (s *Session[C, D]) nextStep() time.Time {
	next := s.schedule.next()
	if s.isUnconfirmed() {
		next = earlier(next, s.withdrawAt())
	}
	return next
}

// isUnconfirmed reports whether a code is shown that a request has not confirmed.
func (s *Session[C, D]) isUnconfirmed() bool { return s.isShown && !s.unconfirmedSince.IsZero() }

// withdrawAt returns when to withdraw an unconfirmed code: after one recheck interval if a request failed, after two if
// no response arrived.
func (s *Session[C, D]) withdrawAt() time.Time {
	if s.failure != nil {
		return s.unconfirmedSince.Add(s.limits.Recheck)
	}
	return s.unconfirmedSince.Add(s.limits.Recheck).Add(s.limits.Recheck) // twice the interval may overflow a Duration
}

// performDue withdraws and requests the code if that is due.
func (s *Session[C, D]) performDue(ctx context.Context) {
	now := time.Now()
	if s.isUnconfirmed() && !now.Before(s.withdrawAt()) && !s.withdraw() {
		return
	}
	if !s.schedule.next().After(now) {
		s.requestCode(ctx)
	}
}

func (s *Session[C, D]) requestCode(ctx context.Context) {
	requestedAt := time.Now()
	s.schedule.sent(requestedAt)
	if s.isShown && s.unconfirmedSince.IsZero() {
		s.unconfirmedSince = requestedAt
	}
	s.requests.Go(func() {
		code, err := s.gateway.Code(ctx)
		select {
		case s.responses <- response[C]{code, err, requestedAt, time.Now()}:
		case <-ctx.Done():
		}
	})
}

// handleResponse handles the response to a request for the code.
func (s *Session[C, D]) handleResponse(ctx context.Context, r response[C]) {
	now := time.Now()
	failure, retryAfter := Outage, time.Duration(0)
	if r.err != nil {
		failure, retryAfter = s.gateway.Classify(r.err)
	}
	if retryAfter > 0 {
		s.schedule.postpone(now, retryAfter)
	}
	switch {
	case failure == Final:
		s.finish(Refused, r.err)
	case r.requestedAt.Before(s.latestUsedRequest): // the response to a later request arrived first
	case r.err == nil && now.Sub(r.receivedAt) > s.limits.Recheck: // the consumer blocked: the code may be out of date
		s.schedule.responded(r.requestedAt)
		s.schedule.due = now
	case r.err == nil:
		s.latestUsedRequest = r.requestedAt
		s.handleCode(ctx, r)
	case failure == NotYet:
		s.latestUsedRequest = r.requestedAt
		s.handleNotYet(ctx, r)
	default:
		s.latestUsedRequest = r.requestedAt
		s.codelessTime.outage()
		s.schedule.failed(now)
		s.reportFailure(r.err)
	}
}

// handleCode shows the code if it is new or was withdrawn, and ends the session if MaxCodes have been shown.
func (s *Session[C, D]) handleCode(ctx context.Context, r response[C]) {
	s.failure, s.codelessTime, s.unconfirmedSince = nil, codelessTime{}, time.Time{}
	isNew := s.lastShow.Number == 0 || !s.gateway.SameCode(s.lastShow.Code, r.code)
	if isNew && s.lastShow.Number == s.limits.MaxCodes {
		s.exhaust(ctx)
		return
	}
	s.schedule.responded(r.requestedAt)
	if isNew {
		s.schedule.replaced(r.requestedAt, time.Now())
		s.lastShow = Event[C, D]{Kind: Show, Code: r.code, Number: s.lastShow.Number + 1}
	} else {
		s.schedule.confirmed(r.requestedAt, time.Now())
	}
	if isNew || !s.isShown {
		s.isShown = true
		s.lastShow.CheckAt = s.schedule.next()
		s.emit(s.lastShow)
	}
}

// handleNotYet waits for the API to have a code, up to Patience.
func (s *Session[C, D]) handleNotYet(ctx context.Context, r response[C]) {
	s.schedule.responded(r.requestedAt)
	s.schedule.checked(r.requestedAt, time.Now())
	waited := s.codelessTime.noCode(r.requestedAt)
	if s.reportFailure(r.err) && waited >= s.limits.Patience {
		s.exhaust(ctx)
	}
}

// reportFailure yields the failure of a request for the code.
func (s *Session[C, D]) reportFailure(err error) bool {
	s.failure = err
	return s.emit(Event[C, D]{Kind: Failed, Err: err})
}

// handleUpdate handles poll results.
func (s *Session[C, D]) handleUpdate(update pollUpdate[D]) {
	if update.hasDevice {
		s.handleDevice(update.device, update.began)
	}
	if update.err == nil || s.end != nil {
		return
	}
	if failure, _ := s.gateway.Classify(update.err); failure == Final {
		s.finish(Refused, update.err)
		return
	}
	s.emit(Event[C, D]{Kind: Failed, Err: update.err})
}

// handleDevice handles the device's status.
func (s *Session[C, D]) handleDevice(device D, began time.Time) {
	isChanged := s.hasDevice && !s.gateway.SameState(s.device, device)
	s.device, s.hasDevice = device, true
	status := s.gateway.Status(device)
	s.schedule.polled(status == Expired, began, time.Now())
	switch {
	case status == Paired:
		s.finish(Connected, nil)
	case status == Suspended:
		s.finish(DeviceSuspended, nil)
	case isChanged:
		s.emit(Event[C, D]{Kind: Changed, Device: device})
	}
}

// withdraw yields that the code shown is to be withdrawn.
func (s *Session[C, D]) withdraw() bool {
	s.isShown = false
	return s.emit(Event[C, D]{Kind: Withdraw, Code: s.lastShow.Code, Number: s.lastShow.Number})
}

// emit yields an event, and reports whether the session continues.
func (s *Session[C, D]) emit(e Event[C, D]) bool {
	if !s.yield(e) {
		s.finish(Abandoned, nil)
	}
	return s.end == nil
}
