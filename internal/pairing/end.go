package pairing

import (
	"cmp"
	"context"
	"time"
)

// exhaust ends the session after requesting the status once more: a phone may have scanned since the last poll.
func (s *Session[C, D]) exhaust(ctx context.Context) {
	if s.isShown && !s.withdraw() {
		return
	}
	statusCtx, cancel := context.WithDeadline(ctx, time.Now().Add(s.limits.Recheck).Add(s.limits.Recheck))
	defer cancel()
	status := make(chan pollUpdate[D], 1)
	s.requests.Go(func() { status <- s.requestStatus(statusCtx) })
	for s.end == nil {
		select {
		case <-s.polls.ready:
			s.handleUpdate(s.polls.take())
			continue
		case update := <-status:
			s.handleUpdate(update)
		case <-statusCtx.Done():
		}
		switch {
		case s.end != nil:
		case ctx.Err() != nil:
			s.interrupt()
		default:
			s.finish(Exhausted, s.failure)
		}
	}
}

// requestStatus requests the device. A failure counts only if it is final.
func (s *Session[C, D]) requestStatus(ctx context.Context) pollUpdate[D] {
	began := time.Now()
	device, err := s.gateway.Device(ctx)
	if err == nil {
		return pollUpdate[D]{device: device, hasDevice: true, began: began}
	}
	if failure, _ := s.gateway.Classify(err); failure == Final {
		return pollUpdate[D]{err: err}
	}
	return pollUpdate[D]{}
}

// interrupt ends the session because its context ended.
func (s *Session[C, D]) interrupt() {
	s.finish(Interrupted, cmp.Or(s.failure, s.polls.lastError()))
}

func (s *Session[C, D]) finish(reason Reason, err error) {
	s.end = &End[D]{Reason: reason, Device: s.device, Err: err}
}
