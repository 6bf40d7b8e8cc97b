package pairweb

import (
	"errors"

	"github.com/whatspie-go/whatspie"
)

// phase is where a pairing is.
type phase int

const (
	phaseWaiting phase = iota
	phaseRenewing
	phaseFinishing
	phaseCode
	phaseConnected
	// Those below are failures.
	phaseNotInTime
	phaseNoCode
	phaseUnconfirmed
	phaseSuspended
	phaseNotFound
	phaseUnavailable
	phaseFailed
)

// kind returns the view of the page. Its script and style know the values.
func (p phase) kind() string {
	switch p {
	case phaseWaiting, phaseRenewing:
		return "waiting"
	case phaseFinishing:
		return "finishing"
	case phaseCode:
		return "code"
	case phaseConnected:
		return "connected"
	default:
		return "failed"
	}
}

// state is what all tabs of a pairing show. It is never changed, only replaced.
type state struct {
	phase    phase
	slow     bool // a request failed, and no event but failures came since: Pair does not say when requests succeed again
	scanned  bool // the API has no use for the code on show any more, though the device's status does not say so yet
	code     *whatspie.QRCode
	sequence int    // of the latest code, 0 before the first
	phone    string // of phaseConnected
}

func (s state) over() bool { return s.phase >= phaseConnected }

// after returns the state that follows an event, or the error that ended the loop.
func (s state) after(event whatspie.PairEvent, err error) state {
	if err != nil {
		return state{phase: s.failure(err)}
	}
	switch event.Kind {
	case whatspie.PairQR:
		return state{phase: phaseCode, code: event.QR, sequence: event.Sequence}
	case whatspie.PairQRExpired:
		if s.scanned {
			return state{phase: phaseFinishing, sequence: s.sequence}
		}
		return state{phase: phaseRenewing, sequence: s.sequence}
	case whatspie.PairStatus:
		s.slow, s.scanned = false, false
	case whatspie.PairRetry:
		return s.retrying(event.Err)
	case whatspie.PairPaired:
		return state{phase: phaseConnected, phone: formatPhone(event.Device.Phone)}
	}
	return s
}

// retrying returns the state after a failure that does not end the loop. If the API has a connection instead of a code,
// or no more code after one was shown, somebody has scanned it, and the device's status lags behind.
func (s state) retrying(err error) state {
	scanned := errors.Is(err, whatspie.ErrDeviceConnected) || errors.Is(err, whatspie.ErrQRNotReady) && s.sequence > 0
	if scanned && s.phase != phaseCode { // a code stays on show until it is taken back
		return state{phase: phaseFinishing, sequence: s.sequence}
	}
	s.slow, s.scanned = true, scanned
	return s
}

// failure returns the phase that an error leads to. Nothing else of the error reaches the page.
func (s state) failure(err error) phase {
	switch {
	case errors.Is(err, whatspie.ErrQRCodesExhausted):
		switch {
		case errors.Is(err, whatspie.ErrDeviceConnected):
			return phaseUnconfirmed
		case s.sequence == 0:
			return phaseNoCode
		default:
			return phaseNotInTime
		}
	case errors.Is(err, whatspie.ErrDeviceSuspended):
		return phaseSuspended
	case errors.Is(err, whatspie.ErrNotFound):
		return phaseNotFound
	case errors.Is(err, whatspie.ErrUnauthorized), errors.Is(err, whatspie.ErrForbidden):
		return phaseUnavailable
	default:
		return phaseFailed
	}
}

// words returns what the page says in this state.
func (s state) words(t Texts) Message {
	switch s.phase {
	case phaseWaiting:
		return s.slowly(Message{Title: t.Waiting}, t.Slow)
	case phaseRenewing:
		return s.slowly(Message{Title: t.Renewing}, t.Slow)
	case phaseFinishing:
		return t.Finishing
	case phaseCode:
		return s.slowly(s.invitation(t), t.SlowScan)
	case phaseConnected:
		return Message{Title: t.Connected, Text: s.phone}
	case phaseNotInTime:
		return t.NotInTime
	case phaseNoCode:
		return t.NoCode
	case phaseUnconfirmed:
		return t.Unconfirmed
	case phaseSuspended:
		return t.Suspended
	case phaseNotFound:
		return t.NotFound
	case phaseUnavailable:
		return t.Unavailable
	default:
		return t.Failed
	}
}

func (s state) invitation(t Texts) Message {
	switch {
	case s.code.URL() != "":
		return t.OpenLink
	case s.sequence > 1:
		return t.ScanNext
	default:
		return t.Scan
	}
}

func (s state) slowly(m Message, text string) Message {
	if s.slow {
		m.Text = text
	}
	return m
}
