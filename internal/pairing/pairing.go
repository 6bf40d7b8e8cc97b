// Package pairing decides which QR code to show while a phone is being connected: when to request the code, when to
// replace or withdraw it, and when to give up. It sends no requests itself and is generic in the API's types: C is a
// code, D is a device.
//
// A code is fresh until its expected end, if that is known, or until a poll reports the status EXPIRED. A fresh code is
// left alone; one that is not fresh is requested again at short intervals, to show its replacement soon. Once the gateway
// returns the same code although the status is EXPIRED, that status is ignored for the rest of the session.
package pairing

import (
	"context"
	"time"
)

// Limits are the parameters of a session. All are positive.
type Limits struct {
	// Lifetime is how long a code is fresh if it replaced another one during the session.
	Lifetime time.Duration
	// Recheck is the interval between requests while the code is not fresh.
	Recheck time.Duration
	// Patience is how long the gateway may be without a code before the session ends.
	Patience time.Duration
	// MaxCodes is the maximum number of different codes to show.
	MaxCodes int
}

// Status is what a device's state means for a pairing.
type Status int

// The statuses that a session distinguishes.
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

// Failure is what a failed request means for a pairing.
type Failure int

// The classes of failures.
const (
	// Outage means that there was no response, or none of the API's own.
	Outage Failure = iota
	// NotYet means that the API has no code yet.
	NotYet
	// Final means that no later request can succeed.
	Final
)

// Gateway connects a session to the API. No function may be nil.
type Gateway[C, D any] struct {
	// Code requests the code. It is called on its own goroutine, and calls may overlap.
	Code func(context.Context) (C, error)
	// Device requests the device. It is called once, before a session gives up.
	Device func(context.Context) (D, error)
	// SameCode reports whether two codes are equal, however they are drawn.
	SameCode func(C, C) bool
	// Status returns the status of a device.
	Status func(D) Status
	// SameState reports whether two devices have the same status in the API's terms.
	SameState func(D, D) bool
	// Classify returns the class of a failed request, and the wait that the server requested; 0 for none.
	Classify func(error) (failure Failure, retryAfter time.Duration)
}

// Kind says what an Event reports.
type Kind int

// The kinds of Event.
const (
	// Show shows a code in place of any other.
	Show Kind = iota + 1
	// Withdraw stops showing the code.
	Withdraw
	// Changed reports that the device's state changed.
	Changed
	// Failed reports a failure that does not end the session.
	Failed
)

// Event is one step of a session.
type Event[C, D any] struct {
	Kind    Kind
	Code    C         // of Show and Withdraw
	Number  int       // of the code, from 1
	CheckAt time.Time // when the code will be requested again; zero for kinds other than Show
	Device  D         // of Changed
	Err     error     // of Failed
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
	// Exhausted means that MaxCodes were shown, or that there was no code for Patience; End.Err is the last failure, if
	// any.
	Exhausted
	// Refused means that a request failed with End.Err, whose class is Final.
	Refused
	// Interrupted means that the context ended; End.Err is the failure that persisted until then, if any.
	Interrupted
)

// End is how a session ended.
type End[D any] struct {
	Reason Reason
	Device D
	Codes  int // number of codes shown
	Err    error
}
