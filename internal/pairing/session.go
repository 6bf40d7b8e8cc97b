package pairing

import (
	"context"
	"sync"
	"time"
)

// Session is one attempt to connect a phone. Create it with [New], deliver poll results with Seen and Polled, and call
// Run once.
type Session[C, D any] struct {
	inbox[D]

	gateway   Gateway[C, D]
	rule      Rule
	responses chan response[C]
	requests  sync.WaitGroup

	// The fields below belong to Run.
	yield     func(Event[C, D]) bool
	schedule  schedule
	patience  patience
	end       *End[D]
	device    D
	hasDevice bool  // a poll has returned device
	failure   error // of the last request for the code; nil if it succeeded

	lastShow Event[C, D] // of the latest code
	isShown  bool        // the latest code has not been withdrawn
	// predecessorSeenAt is when the last request that returned the latest code, or none, was sent: the next code is
	// newer. It is zero before the first response.
	predecessorSeenAt time.Time
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
func New[C, D any](gateway Gateway[C, D], rule Rule) *Session[C, D] {
	return &Session[C, D]{
		gateway:   gateway,
		rule:      rule,
		inbox:     inbox[D]{ready: make(chan struct{}, 1)},
		responses: make(chan response[C]),
		schedule:  schedule{rule: rule},
	}
}

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
	case <-s.ready:
	case r := <-s.responses:
		received = &r
	}
	if ctx.Err() != nil {
		s.interrupt()
		return
	}
	s.handlePolls()
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
		return s.unconfirmedSince.Add(s.rule.Recheck)
	}
	return s.unconfirmedSince.Add(s.rule.Recheck).Add(s.rule.Recheck) // twice the interval may overflow a Duration
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
	case r.err == nil && now.Sub(r.receivedAt) > s.rule.Recheck: // the consumer blocked: the code may be out of date
		s.schedule.responded(r.requestedAt, now)
		s.schedule.due = now
	case r.err == nil:
		s.latestUsedRequest = r.requestedAt
		s.handleCode(ctx, r)
	case failure == NotYet:
		s.latestUsedRequest = r.requestedAt
		s.handleNotYet(ctx, r)
	default:
		s.latestUsedRequest = r.requestedAt
		s.patience.outage()
		s.schedule.failed(now)
		s.reportFailure(r.err)
	}
}

// handleCode shows the code if it is new or was withdrawn, and ends the session if MaxCodes have been shown.
func (s *Session[C, D]) handleCode(ctx context.Context, r response[C]) {
	s.failure, s.patience = nil, patience{}
	isNew := s.lastShow.Number == 0 || !s.gateway.SameCode(s.lastShow.Code, r.code)
	if isNew && s.lastShow.Number == s.rule.MaxCodes {
		s.exhaust(ctx)
		return
	}
	now := time.Now()
	if isNew {
		s.schedule.replaced(s.expectedEnd(now))
		s.lastShow = Event[C, D]{Kind: Show, Code: r.code, Number: s.lastShow.Number + 1}
	} else {
		s.schedule.confirmed()
	}
	s.predecessorSeenAt, s.unconfirmedSince = r.requestedAt, time.Time{}
	s.schedule.responded(r.requestedAt, now)
	if isNew || !s.isShown {
		s.isShown = true
		s.lastShow.CheckAt = s.schedule.next()
		s.emit(s.lastShow)
	}
}

// expectedEnd returns until when a new code is fresh; zero if its age is unknown or it has outlived its lifetime.
func (s *Session[C, D]) expectedEnd(now time.Time) time.Time {
	end := s.predecessorSeenAt.Add(s.rule.Lifetime)
	if s.predecessorSeenAt.IsZero() || !end.After(now) {
		return time.Time{}
	}
	return end
}

// handleNotYet waits for the API to have a code, up to Patience.
func (s *Session[C, D]) handleNotYet(ctx context.Context, r response[C]) {
	s.predecessorSeenAt = r.requestedAt
	waited := s.patience.noCode(r.requestedAt)
	s.schedule.responded(r.requestedAt, time.Now())
	if s.reportFailure(r.err) && waited >= s.rule.Patience {
		s.exhaust(ctx)
	}
}

// reportFailure yields the failure of a request for the code.
func (s *Session[C, D]) reportFailure(err error) bool {
	s.failure = err
	return s.emit(Event[C, D]{Kind: Failed, Err: err})
}

// handlePolls handles the latest poll results.
func (s *Session[C, D]) handlePolls() {
	update := s.take()
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
	if s.hasDevice && !s.gateway.SameDevice(s.device, device) {
		return
	}
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
	event := s.lastShow
	event.Kind = Withdraw
	return s.emit(event)
}

// emit yields an event, and reports whether the session continues.
func (s *Session[C, D]) emit(e Event[C, D]) bool {
	if !s.yield(e) {
		s.finish(Abandoned, nil)
	}
	return s.end == nil
}
