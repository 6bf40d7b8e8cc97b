package whatspie

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"
)

// maxPollPause bounds the pause between polls that keep failing.
const maxPollPause = 30 * time.Second

// poller asks for the status of devices on behalf of all loops of a client: one request answers them all.
type poller struct {
	service *DevicesService

	mu        sync.Mutex
	observers map[*observer]struct{}
	current   *polling
	// rested is until when the server wants to be left alone.
	rested time.Time
}

// observer is one loop's interest. The functions are called by the polling goroutine and must not block.
type observer struct {
	interval time.Duration
	// ids are the devices of interest, as ID or phone number; nil means all.
	ids map[int64]bool
	// confirm asks for a request of its own where a list lacks the device.
	confirm bool
	// urgent asks for the first poll at once, not after an interval.
	urgent bool
	// seen is told of a device.
	seen func(*Device, sighting)
	// polled ends each poll: nil after a complete one.
	polled func(error)
	// next is when it is this observer's turn, if no poll for another comes first.
	next time.Time
}

// polling is one run of the goroutine: from the first observer to the last.
type polling struct {
	cancel context.CancelFunc
	done   chan struct{}
	wake   chan struct{}
}

// join starts to deliver to the observer. The context gives the polls its values, not its end.
func (p *poller) join(ctx context.Context, o *observer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.observers[o] = struct{}{}
	o.next = time.Now()
	if !o.urgent {
		o.next = o.next.Add(o.interval)
	}
	if p.current == nil {
		runCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		p.current = &polling{cancel: cancel, done: make(chan struct{}), wake: make(chan struct{}, 1)}
		go p.run(runCtx, p.current)
		return
	}
	select {
	case p.current.wake <- struct{}{}:
	default:
	}
}

// leave ends the delivery. After the last observer's, nothing runs any more.
func (p *poller) leave(o *observer) {
	p.mu.Lock()
	delete(p.observers, o)
	run := p.current
	last := len(p.observers) == 0
	if last {
		run.cancel()
		p.current = nil
	}
	p.mu.Unlock()
	if last {
		<-run.done
	}
}

func (p *poller) run(ctx context.Context, r *polling) {
	defer close(r.done)
	failures := 0
	for turn := 0; p.sleep(ctx, r); turn++ {
		observers := p.present(r)
		if len(observers) == 0 {
			return
		}
		err := p.poll(ctx, newAudience(observers), turn)
		if ctx.Err() != nil {
			return
		}
		failures++
		if err == nil {
			failures = 0
		}
		p.schedule(observers, failures)
	}
}

// sleep waits until a poll is due, which a newcomer may bring forward; false when the run is over.
func (p *poller) sleep(ctx context.Context, r *polling) bool {
	for {
		wait := p.untilDue(r)
		if wait <= 0 {
			return ctx.Err() == nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-r.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

func (p *poller) untilDue(r *polling) time.Duration {
	var due time.Time
	for _, o := range p.present(r) {
		if due.IsZero() || o.next.Before(due) {
			due = o.next
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(time.Until(due), time.Until(p.rested))
}

// present is who listens to this run; nobody once it is over, even where another has begun.
func (p *poller) present(r *polling) []*observer {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != r {
		return nil
	}
	return slices.Collect(maps.Keys(p.observers))
}

// schedule puts everybody who was just served off by an interval, by more the more polls have failed in a row.
func (p *poller) schedule(served []*observer, failures int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for _, o := range served {
		pause := o.interval
		for i := 1; i < failures && pause < maxPollPause; i++ {
			pause = min(2*pause, maxPollPause)
		}
		o.next = now.Add(pause)
	}
}

// rest leaves the server alone as long as it asks for in an error.
func (p *poller) rest(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(p.service.asked(err)); until.After(p.rested) {
		p.rested = until
	}
}

// asked is how long the server wants to be left alone.
func (s *DevicesService) asked(err error) time.Duration {
	var failed *APIError
	if !errors.As(err, &failed) {
		return 0
	}
	return min(failed.RetryAfter, s.client.transport.Policy.MaxRetryAfter)
}

// poll asks once and tells everybody. Retrying is left to the next turn.
func (p *poller) poll(ctx context.Context, a *audience, turn int) error {
	if id, alone := a.alone(); alone {
		return p.lookUp(ctx, a, id)
	}
	return p.list(ctx, a, turn)
}

// lookUp serves those who wait for one device.
func (p *poller) lookUp(ctx context.Context, a *audience, id int64) error {
	device, err := p.service.Get(ctx, id, WithoutRetry())
	p.rest(err)
	gone := errors.Is(err, ErrNotFound) && hasEnvelope(err) // an answer, neither an outage nor a wrong base URL
	for _, o := range a.byID[id] {
		switch {
		case err == nil:
			o.seen(device, sighting{asked: a.sighting.asked, alone: true})
			o.polled(nil)
		case gone && !o.confirm:
			o.polled(nil) // as after a list without the device
		default:
			o.polled(err)
		}
	}
	if gone {
		return nil
	}
	return err
}

// list serves everybody with one request, and at most one more for a device that the list lacks.
func (p *poller) list(ctx context.Context, a *audience, turn int) error {
	for device, err := range p.service.boundedAll(ctx, WithoutRetry()) {
		if err != nil {
			p.rest(err)
			a.polled(err)
			return err
		}
		a.seen(device)
	}
	a.polled(nil)
	if missing := a.missing(); len(missing) > 0 {
		p.lookUpMissing(ctx, a, missing[turn%len(missing)])
	}
	return nil
}

// lookUpMissing tells only those whose device is at stake: the others have had their answer, and a failure here is no
// outage for them.
func (p *poller) lookUpMissing(ctx context.Context, a *audience, id int64) {
	var asking []*observer
	for _, o := range a.byID[id] {
		if o.confirm {
			asking = append(asking, o)
		}
	}
	_ = p.lookUp(ctx, newAudience(asking), id) // they are told
}

func phoneID(d *Device) int64 {
	n, err := strconv.ParseInt(d.Phone, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
