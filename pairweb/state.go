package pairweb

import (
	"errors"
	"time"

	"github.com/whatspie-go/whatspie"
)

// margin is how long before its end a code is taken back: it covers the way to the browser.
const margin = 500 * time.Millisecond

// kind is what a page shows. Its script knows the values.
type kind string

const (
	kindWaiting   kind = "waiting"
	kindCode      kind = "code"
	kindConnected kind = "connected"
	kindFailed    kind = "failed"
)

// state is what all tabs of a pairing show. It is never changed, only replaced.
type state struct {
	kind     kind
	title    string
	text     string
	code     *whatspie.QRCode
	codes    int // so far
	expires  time.Time
	lifetime time.Duration
}

func newState() state {
	return state{kind: kindWaiting, title: "Getting a code…"}
}

func (s state) over() bool { return s.kind == kindConnected || s.kind == kindFailed }

// after is the state that follows an event, or the error that ended the loop.
func (s state) after(event whatspie.PairEvent, err error, now time.Time) state {
	if err != nil {
		return s.failed(err)
	}
	switch event.Kind {
	case whatspie.PairQR:
		return newCode(event, now)
	case whatspie.PairQRExpired:
		return state{kind: kindWaiting, title: renewing, codes: s.codes}
	case whatspie.PairStatus:
		return s.steady()
	case whatspie.PairRetry:
		return s.slow()
	case whatspie.PairPaired:
		return connected(event.Device)
	default:
		return s
	}
}

func newCode(event whatspie.PairEvent, now time.Time) state {
	title := "Scan this code"
	switch {
	case event.QR.URL() != "":
		title = "Open the code, then scan it"
	case event.Sequence > 1:
		title = "Scan this new code"
	}
	expires := event.ExpiresAt.Add(-margin)
	return state{
		kind:     kindCode,
		title:    title,
		text:     renewed,
		code:     event.QR,
		codes:    event.Sequence,
		expires:  expires,
		lifetime: expires.Sub(now),
	}
}

// slow adds to the state what a transient failure means for it, and no more.
func (s state) slow() state {
	s.text = "This takes longer than usual. Still trying."
	if s.kind == kindCode {
		s.text = "You can scan it. The answer may take longer than usual."
	}
	return s
}

// steady takes that back: the API answers again.
func (s state) steady() state {
	s.text = ""
	if s.kind == kindCode {
		s.text = renewed
	}
	return s
}

func connected(device *whatspie.Device) state {
	s := state{kind: kindConnected, title: "Connected"}
	if device.Phone != "" {
		s.text = "+" + device.Phone
	}
	return s
}

// failed is the end for this reason, in words for a visitor: what can be done, and nothing that the API said.
func (s state) failed(err error) state {
	end := state{kind: kindFailed, title: "This did not work", text: askOperator}
	for _, r := range reasons {
		if errors.Is(err, r.err) {
			end.title, end.text = r.title, r.text
			break
		}
	}
	if errors.Is(err, whatspie.ErrQRCodesExhausted) && s.codes == 0 {
		end.title, end.text = "There is no code at the moment", "Try again in a few minutes."
	}
	return end
}

const (
	renewing    = "Getting a new code…"
	renewed     = "It is replaced before it expires."
	askOperator = "Please contact the operator of this site."
	noAccess    = "This site cannot connect phones now"
)

// reasons are asked in this order.
var reasons = []struct {
	err         error
	title, text string
}{
	{whatspie.ErrQRCodesExhausted, "No phone was connected in time", "Have your phone at hand, then try again."},
	{whatspie.ErrDeviceSuspended, "This device is suspended", "No phone can be connected to it now. " + askOperator},
	{whatspie.ErrNotFound, "This device does not exist", "It may have been removed. " + askOperator},
	{whatspie.ErrUnauthorized, noAccess, askOperator},
	{whatspie.ErrForbidden, noAccess, askOperator},
}
