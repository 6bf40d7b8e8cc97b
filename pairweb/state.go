package pairweb

import (
	"errors"

	"github.com/whatspie-go/whatspie"
)

// phase is a step of a pairing.
type phase int

const (
	phaseWaiting phase = iota
	phaseRenewing
	phaseFinishing
	phaseCode
	phaseConnected
	// The phases below are failures.
	phaseNotInTime
	phaseNoCode
	phaseUnconfirmed
	phaseSuspended
	phaseNotFound
	phaseUnavailable
	phaseFailed
)

// kind returns the name of the phase in the page's script and style.
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

// state is what all tabs of a pairing show. It is immutable.
type state struct {
	phase    phase
	slow     bool // the last event was a failed request; Pair does not report when requests succeed again
	scanned  bool // the API reports that the code was used, but the device's status is not PAIRED yet
	code     *whatspie.QRCode
	sequence int    // of the latest code, 0 before the first
	phone    string // of phaseConnected
}

// terminal reports whether the pairing has ended.
func (s state) terminal() bool { return s.phase >= phaseConnected }

// next returns the state after an event, or after the error that ended the loop.
func (s state) next(event whatspie.PairEvent, err error) state {
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
		return s.afterRetry(event.Err)
	case whatspie.PairPaired:
		return state{phase: phaseConnected, phone: formatPhone(event.Device.Phone)}
	}
	return s
}

// afterRetry returns the state after a failed request that does not end the loop. If the API says that the device is
// connected, or has no code after one was shown, a code was scanned and the device's status is delayed.
func (s state) afterRetry(err error) state {
	scanned := errors.Is(err, whatspie.ErrDeviceConnected) || errors.Is(err, whatspie.ErrQRNotReady) && s.sequence > 0
	if scanned && s.phase != phaseCode { // a code is shown until Pair withdraws it
		return state{phase: phaseFinishing, sequence: s.sequence}
	}
	s.slow, s.scanned = true, scanned
	return s
}

// failure returns the phase for the error that ended the loop. Nothing else of the error reaches the page.
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

// notice returns what the page says in this state.
func (s state) notice(t Texts) Notice {
	switch s.phase {
	case phaseWaiting:
		return s.withSlowText(Notice{Title: t.Waiting}, t.Slow)
	case phaseRenewing:
		return s.withSlowText(Notice{Title: t.Renewing}, t.Slow)
	case phaseFinishing:
		return t.Finishing
	case phaseCode:
		return s.withSlowText(s.codeNotice(t), t.SlowScan)
	case phaseConnected:
		return Notice{Title: t.Connected, Text: s.phone}
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

func (s state) codeNotice(t Texts) Notice {
	switch {
	case s.code.URL() != "":
		return t.OpenLink
	case s.sequence > 1:
		return t.ScanNext
	default:
		return t.Scan
	}
}

// withSlowText replaces the text of a notice while requests fail.
func (s state) withSlowText(n Notice, slowText string) Notice {
	if s.slow {
		n.Text = slowText
	}
	return n
}
