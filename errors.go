package whatspie

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// What a program can act on. Ask with [errors.Is]: one error may match several, the special and the general, the
// context's error and the cause.
var (
	// ErrInvalidRequest means that the call was refused before anything was sent: its arguments cannot be right.
	ErrInvalidRequest = errors.New("invalid request")
	// ErrInvalidPackage means that the server does not know the package code. It comes with ErrBadRequest.
	ErrInvalidPackage = errors.New("invalid package")
	// ErrBadRequest means that the server found the request wrong: a 4xx without a sentinel of its own.
	ErrBadRequest = errors.New("bad request")
	// ErrUnauthorized means that the token is wrong, revoked or expired (401).
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden means that the account or its subscription does not allow this (403).
	ErrForbidden = errors.New("forbidden")
	// ErrDeviceLimit means that the plan's number of devices is reached. It comes with ErrForbidden.
	ErrDeviceLimit = errors.New("device limit reached")
	// ErrDeviceNotFound means that the account has no such device. It comes with ErrNotFound.
	ErrDeviceNotFound = errors.New("device not found")
	// ErrNotFound means that nothing is there (404).
	ErrNotFound = errors.New("not found")
	// ErrDeviceConnected means that there is no QR code because a phone is connected already.
	ErrDeviceConnected = errors.New("device is connected")
	// ErrQRGeneration means that the server could not make a QR code just now: ask again. It comes with ErrServer.
	ErrQRGeneration = errors.New("QR code generation failed")
	// ErrQRNotReady means that the server has no QR code yet: ask again in a few seconds.
	ErrQRNotReady error = transientError("QR code not ready")
	// ErrRateLimited means that too many requests were sent (429); see APIError.RetryAfter.
	ErrRateLimited = errors.New("rate limited")
	// ErrRetryBudget means that the call would have been retried, but too many of the client's calls were lately: see
	// RetryPolicy.Budget. It comes with the failure of the last attempt.
	ErrRetryBudget = errors.New("retry budget spent")
	// ErrServer means that the server failed (5xx) or gave up waiting (408).
	ErrServer = errors.New("server error")
	// ErrOutcomeUnknown means that a request which changes something was sent, and nobody knows whether the server
	// acted on it. After a creation a device may exist and be billed: look at DevicesService.List before you create
	// again. DevicesService.CreateConfirmed, called in place of Create and not after it, does that by itself. For other
	// requests, what the endpoint does decides whether they may be sent again.
	ErrOutcomeUnknown = errors.New("outcome unknown")
	// ErrDeviceUnidentified means that the server confirmed a creation without saying which device it made. A
	// device exists and may be billed: find it with DevicesService.List. Do not send the request again.
	ErrDeviceUnidentified = errors.New("device created, but not identified in the answer")
	// ErrUnexpectedResponse means that the answer is not one of the API's, though HTTP reports no failure.
	ErrUnexpectedResponse = errors.New("unexpected response")
	// ErrResponseTooLarge means that the answer exceeds the bound of WithMaxResponseBytes, or is a list of more than
	// 10,000 devices in fewer than 32 bytes each, or, in what the SDK reads for Pair, Watch and CreateConfirmed, of more
	// than 1,000,000, or five minutes long. It comes with ErrUnexpectedResponse where HTTP reports no failure.
	ErrResponseTooLarge = errors.New("response too large")
	// ErrInsecureURL means that a base URL would send the token readably; see WithInsecureHTTP.
	ErrInsecureURL = errors.New("insecure URL")
	// ErrQRCodesExhausted means that DevicesService.Pair has asked for its last code and no phone has connected, or that
	// no code came at all.
	ErrQRCodesExhausted = errors.New("QR codes exhausted")
	// ErrDeviceSuspended means that the device is suspended: no phone can be connected to it now.
	ErrDeviceSuspended = errors.New("device is suspended")
)

// transientError is a sentinel for an answer that will be another one soon: the transport may ask again.
type transientError string

func (e transientError) Error() string   { return string(e) }
func (e transientError) Transient() bool { return true }

// APIError is how every failed call reports: what was sent, what came back, after how many attempts. Get at it with
// [errors.As], and at what it means with [errors.Is] and the sentinels of this package.
type APIError struct {
	// StatusCode is the HTTP status; 0 when no answer arrived.
	StatusCode int
	// Code is the "code" or "status" in the body; 0 when the body had none. It may differ from StatusCode.
	Code int
	// Message is the "message" of the body, at most 4 KiB, the token taken out; empty when the body had none.
	Message string
	// Detail is the prose in the body's "error", at most 4 KiB, the token taken out; empty when the body had none.
	Detail string
	// Method is the HTTP method that was sent.
	Method string
	// Path is the path that was sent, without base URL and query.
	Path string
	// RequestID is the server's name for the request, for its support; empty when it gave none.
	RequestID string
	// Attempts counts the requests that the call took; 0 when it was refused before the first.
	Attempts int
	// RetryAfter is how long the server asked to wait; 0 when it did not say.
	RetryAfter time.Duration
	// Header is the answer's header, each value at most 4 KiB, all of it at most 64 KiB, without cookies and token; nil
	// when no answer arrived.
	Header http.Header
	// Body is the start of the answer, at most 4 KiB, the token taken out. It is empty when none arrived, and for what a
	// QR call was answered with HTTP 2xx: that may be the code.
	Body []byte

	kinds     []error
	context   error
	cause     error
	retryable bool
}

// Error is one line without secrets.
func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "whatspie: %s %s: ", oneLine(e.Method), oneLine(e.Path))
	if errors.Is(e, ErrOutcomeUnknown) {
		b.WriteString("outcome unknown: ")
	}
	if e.context != nil {
		b.WriteString(oneLine(e.context.Error()))
	}
	if reason := e.reason(); reason != "" {
		if e.context != nil {
			b.WriteString("; last failure: ")
		}
		b.WriteString(reason)
	}
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
	if errors.Is(e, ErrRetryBudget) {
		notes = append(notes, ErrRetryBudget.Error())
	}
	if e.RequestID != "" {
		notes = append(notes, "request "+e.RequestID)
	}
	if len(notes) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(notes, ", "))
	}
	return b.String()
}

// GoString is Error, for %#v.
func (e *APIError) GoString() string { return strconv.Quote(e.Error()) }

// Unwrap returns the sentinels, the context's error and the cause. Their texts hold no secrets. An error behind the
// cause, such as one of your own transport that [errors.As] finds, keeps its own text.
func (e *APIError) Unwrap() []error {
	wrapped := e.kinds
	if e.context != nil {
		wrapped = append(slices.Clip(wrapped), e.context)
	}
	if e.cause != nil {
		wrapped = append(slices.Clip(wrapped), e.cause)
	}
	return wrapped
}

// Retryable reports whether making the same call again, later, is safe and may succeed. It is false for
// [ErrOutcomeUnknown] and [ErrDeviceUnidentified], for a 4xx other than 408 and 429, for a certificate that cannot be
// verified, and where arguments, limiter or token kept the call from being sent.
func (e *APIError) Retryable() bool { return e.retryable }

// reason is what happened, in the server's words where it said any.
func (e *APIError) reason() string {
	cause := e.causeText()
	interrupted := e.StatusCode < http.StatusMultipleChoices && e.context != nil && e.cause != nil && cause == ""
	if e.StatusCode == 0 || interrupted { // a success that the context cut short is no failure
		return cause
	}
	code := e.StatusCode
	if e.Code >= http.StatusBadRequest {
		code = e.Code
	}
	words := strconv.Itoa(code)
	switch {
	case e.Message != "":
		words += " " + oneLine(e.Message)
	case http.StatusText(code) != "":
		words += " " + http.StatusText(code)
	}
	if e.Detail != "" && e.Detail != e.Message {
		words += ": " + oneLine(e.Detail)
	}
	if cause != "" {
		words += ": " + cause
	}
	return words
}

// causeText leaves out a cause that is the context's own error, which is told already.
func (e *APIError) causeText() string {
	if e.cause == nil {
		return ""
	}
	for _, end := range []error{context.Canceled, context.DeadlineExceeded, errors.Unwrap(e.cause)} {
		if end != nil && errors.Is(e.context, end) && errors.Is(e.cause, end) {
			return ""
		}
	}
	return oneLine(e.cause.Error())
}

// invalid is the error of a call that was refused before anything was sent.
func invalid(method, path string, err error) error {
	return &APIError{Method: method, Path: transport.PathOnly(path), kinds: []error{ErrInvalidRequest}, cause: redact("invalid request: "+err.Error(), err)}
}

// newAPIError tells what came of a call; nil when it succeeded.
func newAPIError(request transport.Request, result transport.Result) error {
	if result.Err == nil {
		return nil
	}
	e := &APIError{
		StatusCode: result.StatusCode,
		Code:       result.Envelope.Code,
		Message:    result.HiddenStart(result.Envelope.Message, transport.MaxText),
		Detail:     result.HiddenStart(result.Envelope.Detail, transport.MaxText),
		Method:     request.Method,
		Path:       transport.PathOnly(request.Path),
		RequestID:  result.RequestID(),
		Attempts:   result.Attempts,
		RetryAfter: result.RetryAfter,
		Header:     result.HiddenHeader(),
		kinds:      kinds(request, result),
		context:    result.ContextErr,
	}
	if !request.Credential || result.StatusCode >= http.StatusMultipleChoices {
		e.Body = []byte(result.HiddenBody(transport.MaxText))
	}
	if cause := causeOf(result); cause != nil {
		e.cause = redact(result.Hide(cause.Error()), cause)
	}
	if e.context != nil && result.Hide(e.context.Error()) != e.context.Error() {
		e.context = redact(result.Hide(e.context.Error()), e.context)
	}
	unsafe := errors.Is(e, ErrOutcomeUnknown) || errors.Is(e, ErrDeviceUnidentified)
	e.retryable = !unsafe && result.Retryable(request.Method)
	return e
}

// causeOf is what neither the answer nor the end of the context tells.
func causeOf(result transport.Result) error {
	held, refused := result.HeldBack, errors.Is(result.Err, transport.ErrRefused)
	if result.ContextErr != nil {
		held = nil // the end of the context says as much
	}
	switch {
	case refused:
		return held
	case held == nil:
		return result.Err
	default:
		return fmt.Errorf("%w; before another attempt: %w", result.Err, held)
	}
}

// redactedError keeps a cause for errors.Is, but not its text.
type redactedError struct {
	text string
	err  *error // a pointer, behind which fmt does not look, whatever the verb
}

func redact(text string, err error) error { return &redactedError{text, &err} }

func (e *redactedError) Error() string { return e.text }
func (e *redactedError) Unwrap() error { return *e.err }
