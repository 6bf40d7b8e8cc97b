// Package pairing decides which QR code is on show while a phone is connected to a device: when to ask the gateway for the
// code, when to replace or take back the one on show, and when to give up. It sends no requests itself and knows no type
// of the API: C is a code, D is a device.
package pairing

import (
	"context"
	"time"
)

// Rule holds the numbers of a session. All are positive.
type Rule struct {
	// Lifetime is how long a code is trusted whose predecessor was seen.
	Lifetime time.Duration
	// Recheck is the interval between requests for a code that is not trusted.
	Recheck time.Duration
	// Patience is how long a gateway may have no code before the session ends.
	Patience time.Duration
	// MaxCodes is how many different codes are shown.
	MaxCodes int
}

// Status is what a device's state means for a pairing.
type Status int

// The statuses that make a difference.
const (
	// Waiting means that no phone is connected.
	Waiting Status = iota
	// Expired means that the gateway has dropped the code.
	Expired
	// Paired means that a phone is connected.
	Paired
	// Suspended means that no phone can be connected.
	Suspended
)

// Verdict is what a failed request means for a pairing.
type Verdict int

// The verdicts.
const (
	// Outage means that the API gave no response of its own: nothing is known.
	Outage Verdict = iota
	// NotYet means that the API has no code at the moment.
	NotYet
	// Final means that no later request can succeed.
	Final
)

// Gateway is how a session reaches the API and reads its values. No function may be nil.
type Gateway[C, D any] struct {
	// Code requests the code. It is called on a goroutine of its own, and may be called again before it returns.
	Code func(context.Context) (C, error)
	// Device requests the device. It is called once, before a session ends without a phone.
	Device func(context.Context) (D, error)
	// SameCode reports whether two codes are one, however they are drawn.
	SameCode func(C, C) bool
	// Status reads a device.
	Status func(D) Status
	// SameDevice reports whether two devices are one: by a phone number, a request may find another.
	SameDevice func(D, D) bool
	// SameState reports whether two devices have the same status in the API's own words.
	SameState func(D, D) bool
	// Judge reads the failure of a request.
	Judge func(error) (verdict Verdict, retryAfter time.Duration)
}

// Kind says what an Event reports.
type Kind int

// The kinds of Event.
const (
	// Show puts a code on show in place of any other.
	Show Kind = iota + 1
	// TakeBack removes the code from show.
	TakeBack
	// Changed reports that the device's state changed.
	Changed
	// Failed reports a failure that does not end the session.
	Failed
)

// Event is one step of a session.
type Event[C, D any] struct {
	Kind   Kind
	Code   C         // of Show and TakeBack
	Number int       // of the code, from 1
	AskAt  time.Time // when the code will be asked for again
	Device D         // of Changed
	Err    error     // of Failed
}

// Reason is why a session ended.
type Reason int

// The reasons.
const (
	// Abandoned means that the consumer stopped.
	Abandoned Reason = iota + 1
	// Connected means that a phone is connected to End.Device.
	Connected
	// DeviceSuspended means that no phone can be connected.
	DeviceSuspended
	// Exhausted means that the last code was shown, or that there was none for too long; End.Err is the last failure, if any.
	Exhausted
	// Refused means that End.Err is final.
	Refused
	// Interrupted means that the context ended; End.Err is the failure that lasted until then, if any.
	Interrupted
)

// End is how a session ended.
type End[D any] struct {
	Reason Reason
	Device D
	Codes  int // shown
	Err    error
}
