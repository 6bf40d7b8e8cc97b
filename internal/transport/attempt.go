package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// Errors of an attempt. A failure that the API itself reports is [ErrRefused]: the envelope says which.
var (
	ErrRefused  = errors.New("refused by the API")
	ErrRedirect = errors.New("redirect not followed")
	ErrNeither  = errors.New("neither a success nor a failure")
	ErrTooLarge = errors.New("response too large")
	ErrToken    = errors.New("token source failed")
	ErrBadToken = errors.New("token source returned no usable token")
	ErrLimiter  = errors.New("limiter refused")
	errTooLate  = errors.New("not sent")
	errTimeout  = attemptTimeoutError{}

	errUnsendable = errors.New("not an HTTP request")
	errReplayed   = errors.New("the connection failed and the request would have been sent again")
	errSwitched   = errors.New("the server switched to another protocol")
)

// attemptTimeoutError is a deadline like any other to errors.Is and net.Error, as net/http's own timeout is.
type attemptTimeoutError struct{}

func (attemptTimeoutError) Error() string   { return "attempt timed out" }
func (attemptTimeoutError) Timeout() bool   { return true }
func (attemptTimeoutError) Temporary() bool { return true }
func (attemptTimeoutError) Is(target error) bool {
	return target == context.DeadlineExceeded
}

// Attempt is what one request led to.
type Attempt struct {
	// Begun is when the request was about to be sent; zero when it was not.
	Begun time.Time
	// StatusCode is the HTTP status, 0 when no answer arrived.
	StatusCode int
	// Header is the answer's.
	Header http.Header
	// Body is what was read of the answer, at most the configured bound; nil where it was streamed.
	Body []byte
	// Partial tells that there was more of it.
	Partial bool
	// Envelope is what the body says.
	Envelope wire.Envelope
	// RetryAfter is the wait that the server asked for, 0 when it did not.
	RetryAfter time.Duration
	// Sent tells that the server may have seen the request.
	Sent bool
	// Cut tells that the answer ended before it was complete.
	Cut bool
	// Streamed tells that list elements were already handed out.
	Streamed bool
	// Err is why the attempt failed, nil when it did not.
	Err error
}

// attempt sends the request once and reads its whole answer, within the attempt's own timeout.
func (c *call) attempt(ctx context.Context) Attempt {
	header, err := c.header(ctx)
	if err != nil {
		return Attempt{Err: err}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(c.transport.AttemptTimeout, func() { cancel(errTimeout) })
	defer timer.Stop()

	var seen evidence
	outgoing, err := c.outgoing(httptrace.WithClientTrace(ctx, seen.trace(mostSends(c.request.Method), cancel)), header)
	if err != nil {
		return Attempt{Err: err}
	}
	begun := time.Now()
	response, err := c.transport.client.Do(outgoing)
	if err != nil {
		failed := Attempt{Begun: begun, Sent: seen.sent(err), Err: cause(ctx, err)}
		if response != nil { // a redirect that the caller's own rule refused; its body is closed
			failed.StatusCode, failed.Header = response.StatusCode, response.Header
			failed.Err = fmt.Errorf("%w: %w", ErrRedirect, failed.Err)
		}
		return failed
	}
	defer func() { _ = response.Body.Close() }() // the answer has been judged by then
	a := c.receive(ctx, response, timer)
	a.Begun = begun
	if a.Cut {
		a.Err = cause(ctx, a.Err)
	}
	return a
}

// outgoing is the HTTP request of one attempt.
func (c *call) outgoing(ctx context.Context, header http.Header) (*http.Request, error) {
	var body io.Reader
	if c.request.Body != nil {
		body = bytes.NewReader(c.request.Body)
	}
	request, err := http.NewRequestWithContext(ctx, c.request.Method, c.transport.address+c.request.Path, body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnsendable, err)
	}
	request.Header = header
	return request, nil
}

// ours are the headers that no caller can set.
var ours = [...]string{"Authorization", "Accept", "User-Agent", "Content-Type"}

// header asks the limiter and the token source, which may both wait: their time is not the attempt's.
func (c *call) header(ctx context.Context) (http.Header, error) {
	if c.transport.Limiter != nil {
		if err := c.transport.Limiter.Wait(ctx); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrLimiter, err)
		}
	}
	token, err := c.transport.Token(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	if err := CheckToken(token); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadToken, err)
	}
	if err := ContextError(ctx); err != nil { // neither has to look at the context, and a transport need not either
		return nil, fmt.Errorf("%w: %w", errTooLate, err)
	}
	if !slices.Contains(c.result.Tokens, token) {
		c.result.Tokens = append(c.result.Tokens, token)
	}
	header := c.request.Header.Clone()
	if header == nil {
		header = make(http.Header, len(ours))
	}
	values := [...]string{"Bearer " + token, "application/json; charset=utf-8", c.transport.UserAgent, "application/json"}
	for i, name := range ours {
		if name != "Content-Type" || c.request.Body != nil {
			header[name] = values[i : i+1 : i+1]
		}
	}
	return header, nil
}

// receive reads the answer and judges it.
func (c *call) receive(ctx context.Context, response *http.Response, timer *time.Timer) Attempt {
	a := Attempt{
		StatusCode: response.StatusCode,
		Header:     response.Header,
		RetryAfter: ParseRetryAfter(response.Header.Get("Retry-After"), time.Now()),
		Sent:       true,
	}
	if a.StatusCode == http.StatusSwitchingProtocols {
		a.Err = errSwitched // what follows is not HTTP: a read of it would outlast every deadline
		return a
	}
	if c.request.Stream != nil && a.succeeded() {
		c.stream(ctx, &a, response.Body, timer)
		return a
	}
	c.read(&a, response.Body, response.ContentLength)
	if a.Err == nil {
		c.judge(&a)
	}
	return a
}

// judge opens the envelope: it decides over a successful HTTP status, never the other way round.
func (c *call) judge(a *Attempt) {
	err := c.open(a)
	switch {
	case a.StatusCode >= http.StatusBadRequest || err == nil && a.Envelope.Failed:
		a.Err = ErrRefused
	case isRedirect(a.StatusCode):
		a.Err = ErrRedirect
	case !a.succeeded():
		a.Err = ErrNeither
	case a.Envelope.Unclear && !c.allowsEmptyBody(a.StatusCode):
		a.Err = wire.ErrUnclear
	default:
		a.Err = err
	}
}

// open reads the body. An empty one is a response only if nothing more is due.
func (c *call) open(a *Attempt) (err error) {
	if len(a.Body) == 0 && !c.allowsEmptyBody(a.StatusCode) {
		return wire.ErrAlien
	}
	a.Envelope, err = c.request.Read(a.StatusCode, a.Header.Get("Content-Type"), a.Body)
	return err
}

func (a *Attempt) succeeded() bool {
	return a.StatusCode >= http.StatusOK && a.StatusCode < http.StatusMultipleChoices
}

func isRedirect(status int) bool {
	return status/100 == http.StatusMultipleChoices/100 && status != http.StatusNotModified
}

// allowsEmptyBody reports whether a response is complete without a body.
func (c *call) allowsEmptyBody(status int) bool {
	return c.request.Method == http.MethodHead || status == http.StatusCreated || status == http.StatusAccepted || status == http.StatusNoContent
}

// cause strips net/http's wrapping, which repeats the URL, and puts our own reason in place of its symptom.
func cause(ctx context.Context, err error) error {
	if why := context.Cause(ctx); errors.Is(why, errTimeout) || errors.Is(why, errReplayed) {
		return why
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// mostSends is how often net/http may send an attempt's request over HTTP/2, where it repeats any, without an end, that the
// server resets in a way it takes for passing. (Over HTTP/1 it repeats a write only where no byte of it has left.) A read
// is also sent again for each redirect.
func mostSends(method string) int32 {
	const replays = 3
	if !Repeatable(method) {
		return 1
	}
	return 1 + maxRedirects + replays
}

// evidence gathers what proves that a failed request never reached a server.
type evidence struct {
	hooks      httptrace.ClientTrace
	asked, got atomic.Bool
	sends      atomic.Int32
}

// trace gives up where a request that has been sent so often gets one more connection: net/http looks at the context
// once more before it writes.
func (e *evidence) trace(most int32, giveUp context.CancelCauseFunc) *httptrace.ClientTrace {
	e.hooks = httptrace.ClientTrace{
		GetConn: func(string) { e.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) {
			e.got.Store(true)
			if e.sends.Load() >= most {
				giveUp(errReplayed)
			}
		},
		WroteHeaderField: func(name string, _ []string) {
			if name == ":method" { // HTTP/2 has such fields, and writes them at once
				e.sends.Add(1)
			}
		},
		WroteHeaders: func() { e.got.Store(true) },
	}
	return &e.hooks
}

// sent errs on the side of yes: only a connection that was asked for and never had, or a dial's own error, says no.
func (e *evidence) sent(err error) bool {
	if e.got.Load() {
		return true
	}
	var op *net.OpError
	dialed := errors.As(err, &op) && op.Op == "dial"
	return !e.asked.Load() && !dialed
}
