package pairing

import (
	"cmp"
	"context"
	"time"
)

// exhaust ends the session after reading the status once more: a phone may have scanned since the last poll.
func (s *Session[C, D]) exhaust(ctx context.Context) {
	if s.isShown && !s.withdraw() {
		return
	}
	statusCtx, cancel := context.WithDeadline(ctx, time.Now().Add(s.rule.Recheck).Add(s.rule.Recheck))
	defer cancel()
	s.requests.Go(func() {
		defer cancel()
		began := time.Now()
		device, err := s.gateway.Device(statusCtx)
		if err == nil {
			s.Seen(device, began)
		} else if failure, _ := s.gateway.Classify(err); failure == Final {
			s.Polled(err)
		}
	})
	for s.end == nil && statusCtx.Err() == nil {
		select {
		case <-statusCtx.Done():
		case <-s.ready:
		}
		s.handlePolls()
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
	s.finish(Interrupted, cmp.Or(s.failure, s.lastPollError()))
}

func (s *Session[C, D]) finish(reason Reason, err error) {
	s.end = &End[D]{Reason: reason, Device: s.device, Err: err}
}
