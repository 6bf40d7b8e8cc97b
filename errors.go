package whatspie

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/whatspie-go/whatspie/internal/redact"
	"github.com/whatspie-go/whatspie/internal/transport"
)

// The sentinels are what a program can act on. Test for them with [errors.Is]. One error may match several: a specific
// and a general one, the context's error, and the cause. The exception is [ErrOutcomeUnknown], which comes alone.
var (
	// ErrInvalidRequest means that the call was refused before anything was sent, because of its arguments.
	ErrInvalidRequest error = sentinelError("invalid request")
	// ErrInvalidPackage means that the server does not know the package code. It comes with ErrBadRequest.
	ErrInvalidPackage error = sentinelError("invalid package")
	// ErrBadRequest means that the server rejected the request: a 4xx without a sentinel of its own.
	ErrBadRequest error = sentinelError("bad request")
	// ErrUnauthorized means that the token is wrong, revoked or expired (401).
	ErrUnauthorized error = sentinelError("unauthorized")
	// ErrForbidden means that the account or its subscription does not allow this (403).
	ErrForbidden error = sentinelError("forbidden")
	// ErrDeviceLimit means that the plan's number of devices is reached. It comes with ErrForbidden.
	ErrDeviceLimit error = sentinelError("device limit reached")
	// ErrDeviceNotFound means that the account has no such device. It comes with ErrNotFound.
	ErrDeviceNotFound error = sentinelError("device not found")
	// ErrNotFound means that nothing is there (404).
	ErrNotFound error = sentinelError("not found")
	// ErrDeviceConnected means that there is no QR code because a phone is connected already.
	ErrDeviceConnected error = sentinelError("device is connected")
	// ErrQRGeneration means that the server could not make a QR code this time: try again. It comes with ErrServer.
	ErrQRGeneration error = sentinelError("QR code generation failed")
	// ErrQRNotReady means that the server has no QR code yet: try again in a few seconds.
	ErrQRNotReady error = transientError("QR code not ready")
	// ErrRateLimited means that too many requests were sent (429); see APIError.RetryAfter.
	ErrRateLimited error = sentinelError("rate limited")
	// ErrRetryBudget means that the call was not retried because too many recent calls of the client were; see
	// RetryPolicy.Budget. It comes with the failure of the last attempt.
	ErrRetryBudget error = sentinelError("retry budget spent")
	// ErrServer means that the server failed (5xx) or timed out (408), and that the request is one that changes nothing.
	// For a request that may have changed something, the error is ErrOutcomeUnknown instead.
	ErrServer error = sentinelError("server error")
	// ErrNoResponse means that no response arrived (dial, DNS, TLS, a reset connection, an attempt that timed out) and
	// that the request changed nothing: it is a read, or it was never sent. If the caller's own context ended the wait,
	// the error matches the context's error instead.
	ErrNoResponse error = sentinelError("no response")
	// ErrOutcomeUnknown means that a request which changes something was sent, and nobody knows whether the server acted
	// on it. After a creation, a device may exist and be billed: look at DevicesService.List before creating another, or
	// call DevicesService.CreateConfirmed in place of Create. For other requests, it depends on the endpoint whether
	// they may be sent again. No other sentinel matches such an error, so that no branch for another one sends it twice;
	// APIError.StatusCode and Code keep what the server said.
	ErrOutcomeUnknown error = sentinelError("outcome unknown")
	// ErrDeviceUnidentified means that the server confirmed a creation but did not say which device it made. The device
	// exists and may be billed: find it with DevicesService.List. Do not send the request again.
	ErrDeviceUnidentified error = sentinelError("device created, but not identified in the answer")
	// ErrUnexpectedResponse means that HTTP reports no failure, but the response is not one of the API's.
	ErrUnexpectedResponse error = sentinelError("unexpected response")
	// ErrResponseTooLarge means that the response exceeds the limit of WithMaxResponseBytes, or is a list of more than
	// 10,000 devices in fewer than 32 bytes each, or, in what the SDK reads for Pair, Watch and CreateConfirmed, of more
	// than 1,000,000 devices or five minutes long. It comes with ErrUnexpectedResponse if HTTP reports no failure.
	ErrResponseTooLarge error = sentinelError("response too large")
	// ErrInsecureURL means that a base URL would send the token unencrypted; see WithInsecureHTTP.
	ErrInsecureURL error = sentinelError("insecure URL")
	// ErrQRCodesExhausted means that DevicesService.Pair has shown its last code and no phone has connected, or that no
	// code came at all.
	ErrQRCodesExhausted error = sentinelError("QR codes exhausted")
	// ErrDeviceSuspended means that the device is suspended: no phone can be connected to it now.
	ErrDeviceSuspended error = sentinelError("device is suspended")
)

type sentinelError string

func (e sentinelError) Error() string { return string(e) }

// transientError is a sentinel for a response that will soon be another: the transport may retry.
type transientError string

func (e transientError) Error() string   { return string(e) }
func (e transientError) Transient() bool { return true }

// hasSentinel reports whether one of the package's own errors is in the chain of an error.
func hasSentinel(err error) bool {
	return errors.As(err, new(sentinelError)) || errors.As(err, new(transientError)) || errors.As(err, new(*APIError))
}

// APIError is the error of every failed call: what was sent, what came back, after how many attempts. Get it with
// [errors.As], and what it means with [errors.Is] and the sentinels of this package.
//
// One made by hand, for a test, matches by its fields as a real one does: StatusCode 429 is [ErrRateLimited], StatusCode 403
// with the Message "Device limit exceeded" is [ErrDeviceLimit] and [ErrForbidden], a Method that changes something with
// StatusCode 502 is [ErrOutcomeUnknown].
type APIError struct {
	// StatusCode is the HTTP status; 0 if no response arrived.
	StatusCode int
	// Code is the "code" or "status" in the body; 0 if the body had none. It may differ from StatusCode; from 400 on, it
	// decides over it.
	Code int
	// Message is the "message" in the body, at most 4 KiB, without the token; empty if the body had none.
	Message string
	// Detail is the prose in the body's "error", at most 4 KiB, without the token; empty if the body had none.
	Detail string
	// Method is the HTTP method that was sent.
	Method string
	// Path is the path that was sent, without base URL and query.
	Path string
	// RequestID is the server's name for the request, for its support; empty if it gave none.
	RequestID string
	// Attempts is the number of requests that the call took; 0 if it was refused before the first.
	Attempts int
	// RetryAfter is how long the server asked to wait; 0 if it did not say.
	RetryAfter time.Duration
	// Header is the header of the response, each value at most 4 KiB, all of it at most 64 KiB, without cookies and
	// token; nil if no response arrived.
	Header http.Header
	// Body is the start of the response, at most 4 KiB, without the token. It is empty if none arrived, and for a QR call
	// that HTTP reports as a success: that may be the code.
	Body []byte

	context error
	cause   error
	verdict verdict
}

// Error returns one line without secrets.
func (e *APIError) Error() string {
	var b strings.Builder
	b.WriteString("whatspie: ")
	if call := strings.TrimSpace(redact.OneLine(e.Method) + " " + redact.OneLine(e.Path)); call != "" {
		b.WriteString(call + ": ")
	}
	if e.outcomeUnknown() {
		b.WriteString("outcome unknown: ")
	}
	if e.context != nil {
		b.WriteString(redact.OneLine(e.context.Error()))
	}
	if reason := e.reason(); reason != "" {
		if e.context != nil {
			b.WriteString("; last failure: ")
		}
		b.WriteString(reason)
	}
	if notes := e.notes(); len(notes) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(notes, ", "))
	}
	return b.String()
}

func (e *APIError) notes() []string {
	var notes []string
	switch {
	case e.Attempts == 1:
		notes = append(notes, "1 attempt")
	case e.Attempts > 1:
		notes = append(notes, strconv.Itoa(e.Attempts)+" attempts")
	}
	if e.RetryAfter > 0 {
		notes = append(notes, "retry after "+e.RetryAfter.String())
	}
	if e.verdict.overBudget {
		notes = append(notes, ErrRetryBudget.Error())
	}
	if e.RequestID != "" {
		notes = append(notes, "request "+redact.OneLine(e.RequestID))
	}
	return notes
}

// reason is what happened, in the server's words if it sent any.
func (e *APIError) reason() string {
	cause := ""
	if e.cause != nil && !endedBy(e.cause, e.context) { // the line has the context's error already
		cause = redact.OneLine(e.cause.Error())
	}
	status := e.status()
	switch {
	case status == 0 && cause == "" && e.context == nil:
		return ErrNoResponse.Error()
	case status == 0, e.verdict.interrupted && cause == "":
		return cause
	}
	words := strconv.Itoa(status)
	switch {
	case e.Message != "":
		words += " " + redact.OneLine(e.Message)
	case http.StatusText(status) != "":
		words += " " + http.StatusText(status)
	}
	if e.Detail != "" && e.Detail != e.Message {
		words += ": " + redact.OneLine(e.Detail)
	}
	if cause != "" {
		words += ": " + cause
	}
	return words
}

// Unwrap returns the context's error and the cause. Their texts hold no secrets. An error behind the cause, such as one of
// your own transport that [errors.As] finds, keeps its own text.
func (e *APIError) Unwrap() []error {
	var wrapped []error
	for _, err := range []error{e.context, e.cause} {
		if err != nil {
			wrapped = append(wrapped, err)
		}
	}
	return wrapped
}

// hasEnvelope reports whether the API itself answered, and not a proxy or another server.
func hasEnvelope(err error) bool {
	var failed *APIError
	return errors.As(err, &failed) && (failed.Code != 0 || failed.Message != "" || failed.Detail != "")
}

// invalid is the error of a call that was refused before anything was sent.
func invalid(method, path string, err error) error {
	return &APIError{
		Method:  method,
		Path:    transport.PathOnly(path),
		cause:   hideText("invalid request: "+err.Error(), err),
		verdict: verdict{known: true, invalid: true},
	}
}

// hiddenError shows a text of its own in place of that of the error it wraps.
type hiddenError struct {
	text string
	err  *error // fmt does not look behind a pointer, whatever the verb
}

func hideText(text string, err error) error { return &hiddenError{text, &err} }

func (e *hiddenError) Error() string { return e.text }
func (e *hiddenError) Unwrap() error { return *e.err }
