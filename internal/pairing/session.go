package pairing

import (
	"cmp"
	"context"
	"sync"
	"time"
)

// Session is one attempt to connect a phone. Create it with [New], feed it with Seen and Polled, and call Run once.
type Session[C, D any] struct {
	inbox[D]

	gateway  Gateway[C, D]
	rule     Rule
	answers  chan answer[C]
	requests sync.WaitGroup

	// The fields below belong to Run.
	yield    func(Event[C, D]) bool
	schedule schedule
	end      *End[D]
	device   D
	known    bool // device has been seen

	shown     Event[C, D] // the last code
	onShow    bool
	bornAfter time.Time // when the last request that rules out an earlier birth of the next code was sent; zero if none
	newest    time.Time // send time of the latest request whose response was used
	doubtful  time.Time // when the first unconfirmed request for the shown code was sent; zero if none
	failure   error     // why there is no current code
	patience  patience
}

// answer is the result of a request for the code.
type answer[C any] struct {
	code        C
	err         error
	asked, came time.Time
}

// New returns a session that has not started.
func New[C, D any](gateway Gateway[C, D], rule Rule) *Session[C, D] {
	return &Session[C, D]{
		gateway:  gateway,
		rule:     rule,
		inbox:    inbox[D]{ready: make(chan struct{}, 1)},
		answers:  make(chan answer[C]),
		schedule: schedule{rule: rule},
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
	s.end.Codes = s.shown.Number
	return *s.end
}

// step waits for one event and handles it, poll results first.
func (s *Session[C, D]) step(ctx context.Context) {
	timer := time.NewTimer(time.Until(s.wake()))
	defer timer.Stop()
	var came *answer[C]
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-s.ready:
	case a := <-s.answers:
		came = &a
	}
	if ctx.Err() != nil {
		s.interrupt()
		return
	}
	s.read()
	if came != nil && s.end == nil {
		s.answered(ctx, *came)
	}
	if s.end == nil {
		s.act(ctx)
	}
}

// wake returns when the next scheduled action is due.
func (s *Session[C, D]) wake() time.Time {
	next := s.schedule.next()
	if s.onShow && !s.doubtful.IsZero() {
		next = earlier(next, s.distrustedAt())
	}
	return next
}

// distrustedAt returns when to withdraw an unconfirmed code: after one recheck interval if a request failed, after two
// if no response arrived.
func (s *Session[C, D]) distrustedAt() time.Time {
	if s.failure != nil {
		return s.doubtful.Add(s.rule.Recheck)
	}
	return s.doubtful.Add(s.rule.Recheck).Add(s.rule.Recheck) // twice the interval may overflow a Duration
}

// act performs the actions that are due.
func (s *Session[C, D]) act(ctx context.Context) {
	now := time.Now()
	if s.onShow && !s.doubtful.IsZero() && !now.Before(s.distrustedAt()) && !s.takeBack() {
		return
	}
	if !s.schedule.next().After(now) {
		s.ask(ctx)
	}
}

// ask sends a request for the code.
func (s *Session[C, D]) ask(ctx context.Context) {
	asked := time.Now()
	s.schedule.sent(asked)
	if s.onShow && s.doubtful.IsZero() {
		s.doubtful = asked
	}
	s.requests.Go(func() {
		code, err := s.gateway.Code(ctx)
		select {
		case s.answers <- answer[C]{code, err, asked, time.Now()}:
		case <-ctx.Done():
		}
	})
}

// answered handles the response to a request for the code.
func (s *Session[C, D]) answered(ctx context.Context, a answer[C]) {
	now := time.Now()
	verdict, retryAfter := Outage, time.Duration(0)
	if a.err != nil {
		verdict, retryAfter = s.gateway.Judge(a.err)
	}
	switch {
	case verdict == Final:
		s.finish(Refused, a.err)
	case a.asked.Before(s.newest): // a later request was answered first
	case a.err == nil && now.Sub(a.came) > s.rule.Recheck: // the consumer blocked for too long: the code may be dead
		s.schedule.answered(a.asked, now)
		s.schedule.due = now
	case a.err == nil:
		s.newest = a.asked
		s.received(ctx, a)
	case verdict == NotYet:
		s.newest = a.asked
		s.notYet(ctx, a)
	default:
		s.newest = a.asked
		s.patience.pause()
		s.schedule.failed(now, retryAfter)
		s.report(a.err)
	}
}

// received shows the code if it is new or was withdrawn, and ends the session if it is one too many.
func (s *Session[C, D]) received(ctx context.Context, a answer[C]) {
	isNew := s.shown.Number == 0 || !s.gateway.SameCode(s.shown.Code, a.code)
	if isNew && s.shown.Number == s.rule.MaxCodes {
		s.exhaust(ctx)
		return
	}
	now := time.Now()
	if isNew {
		end := s.bornAfter.Add(s.rule.Lifetime)
		if s.bornAfter.IsZero() || !end.After(now) {
			end = time.Time{}
		}
		s.schedule.replaced(end)
		s.shown = Event[C, D]{Kind: Show, Code: a.code, Number: s.shown.Number + 1}
	} else {
		s.schedule.confirmed()
	}
	s.bornAfter, s.doubtful, s.failure, s.patience = a.asked, time.Time{}, nil, patience{}
	s.schedule.answered(a.asked, now)
	if isNew || !s.onShow {
		s.onShow = true
		s.shown.AskAt = s.schedule.next()
		s.emit(s.shown)
	}
}

// notYet waits for the API to have a code, up to Patience.
func (s *Session[C, D]) notYet(ctx context.Context, a answer[C]) {
	s.bornAfter = a.asked
	waited := s.patience.wait(a.asked)
	s.schedule.answered(a.asked, time.Now())
	if s.report(a.err) && waited >= s.rule.Patience {
		s.exhaust(ctx)
	}
}

// report yields the failure of a request for the code.
func (s *Session[C, D]) report(err error) bool {
	s.failure = err
	return s.emit(Event[C, D]{Kind: Failed, Err: err})
}

// read handles the latest poll result.
func (s *Session[C, D]) read() {
	m := s.take()
	if m.isNew {
		s.observed(m.device, m.began)
	}
	if m.err == nil || s.end != nil {
		return
	}
	if verdict, _ := s.gateway.Judge(m.err); verdict == Final {
		s.finish(Refused, m.err)
		return
	}
	s.emit(Event[C, D]{Kind: Failed, Err: m.err})
}

// observed handles the device's status.
func (s *Session[C, D]) observed(device D, began time.Time) {
	if s.known && !s.gateway.SameDevice(s.device, device) {
		return
	}
	changed := s.known && !s.gateway.SameState(s.device, device)
	s.device, s.known = device, true
	status := s.gateway.Status(device)
	s.schedule.observed(status == Expired, began, time.Now())
	switch {
	case status == Paired:
		s.finish(Connected, nil)
	case status == Suspended:
		s.finish(DeviceSuspended, nil)
	case changed:
		s.emit(Event[C, D]{Kind: Changed, Device: device})
	}
}

// exhaust ends the session after reading the status once more: a phone may have scanned since the last poll.
func (s *Session[C, D]) exhaust(ctx context.Context) {
	if s.onShow && !s.takeBack() {
		return
	}
	look, done := context.WithDeadline(ctx, time.Now().Add(s.rule.Recheck).Add(s.rule.Recheck))
	defer done()
	s.requests.Go(func() {
		defer done()
		began := time.Now()
		device, err := s.gateway.Device(look)
		if err == nil {
			s.Seen(device, began)
		} else if verdict, _ := s.gateway.Judge(err); verdict == Final {
			s.Polled(err)
		}
	})
	for s.end == nil && look.Err() == nil {
		select {
		case <-look.Done():
		case <-s.ready:
		}
		s.read()
	}
	switch {
	case s.end != nil:
	case ctx.Err() != nil:
		s.interrupt()
	default:
		s.finish(Exhausted, s.failure)
	}
}

// interrupt ends the session because its context ended.
func (s *Session[C, D]) interrupt() {
	s.finish(Interrupted, cmp.Or(s.failure, s.lastFailure()))
}

func (s *Session[C, D]) takeBack() bool {
	s.onShow = false
	gone := s.shown
	gone.Kind = TakeBack
	return s.emit(gone)
}

func (s *Session[C, D]) emit(e Event[C, D]) bool {
	if !s.yield(e) {
		s.finish(Abandoned, nil)
	}
	return s.end == nil
}

func (s *Session[C, D]) finish(reason Reason, err error) {
	s.end = &End[D]{Reason: reason, Device: s.device, Err: err}
}
