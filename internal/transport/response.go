package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// receive reads the whole response of an attempt and judges it.
func (c *call) receive(a *Attempt, response *http.Response, err error) {
	if response != nil {
		a.StatusCode, a.Header = response.StatusCode, response.Header
	}
	if err != nil {
		a.Err, a.Sent = c.running.cause(err), c.running.trace.sent(err)
		if response != nil { // the caller's CheckRedirect failed; net/http has closed the body
			a.Err = fmt.Errorf("%w: %w", ErrRedirect, a.Err)
		}
		return
	}
	defer closeBody(response)
	a.Sent, a.RetryAfter = true, ParseRetryAfter(response.Header, time.Now())
	switch {
	case a.StatusCode == http.StatusSwitchingProtocols:
		a.Err = errSwitched // not HTTP from here on: a read could block past every deadline
	case c.request.Stream != nil && a.succeeded():
		c.stream(a, response.Body)
	default:
		c.read(a, response.Body, response.ContentLength)
		if a.Err == nil {
			c.judge(a)
		}
	}
	if a.Cut {
		a.Err = c.running.cause(a.Err)
	}
}

// closeBody closes the body before go-retryablehttp can drain it.
func closeBody(response *http.Response) {
	_ = response.Body.Close() // the outcome is already decided
	response.Body = http.NoBody
}

// judge lets the envelope turn a successful HTTP status into a failure, never the reverse.
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

// open reads the envelope. An empty body is an error unless the status allows one.
func (c *call) open(a *Attempt) (err error) {
	if len(a.Body) == 0 && !c.allowsEmptyBody(a.StatusCode) {
		return wire.ErrNotEnvelope
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

// read reads at most MaxBytes. A failure's body may be cut: the status is already known.
func (c *call) read(a *Attempt, body io.Reader, length int64) {
	read, err := readAll(body, length, c.config.MaxBytes)
	tooLarge := int64(len(read)) > c.config.MaxBytes
	a.Body = read[:min(int64(len(read)), c.config.MaxBytes)]
	a.Partial = tooLarge || err != nil
	switch {
	case !a.succeeded():
		return
	case tooLarge:
		a.Err = ErrTooLarge
	case err != nil:
		a.Err, a.Cut = err, true
	}
}

// mostAhead limits the buffer allocated for an announced length, which may be false.
const mostAhead = 8 << 20

// readAll reads to the end, or until it has more than most bytes. The buffer is one byte longer than the announced
// length (-1 for none), so that the read that fills it also reports EOF.
func readAll(body io.Reader, length, most int64) ([]byte, error) {
	if length < 0 {
		length = bytes.MinRead
	}
	read := make([]byte, 0, 1+min(length, most, mostAhead))
	for {
		n, err := body.Read(read[len(read):cap(read)])
		read = read[:len(read)+n]
		switch {
		case errors.Is(err, io.EOF):
			return read, nil
		case err != nil || int64(len(read)) > most:
			return read, err
		case len(read) == cap(read):
			read = slices.Grow(read, len(read))
		}
	}
}

// stream decodes elements as they arrive. The timeout covers the wait for each element, not the consumer's work.
func (c *call) stream(a *Attempt, body io.Reader) {
	if a.StatusCode == http.StatusNoContent {
		return
	}
	watched := &watchedReader{r: body, timer: c.running.timer, time: c.attemptTimeout(), bytes: c.config.MaxBytes, begun: &a.Streamed}
	a.Envelope, a.Err = c.request.Stream(watched, func() error {
		if err := c.running.ctx.Err(); err != nil { // elements may still be buffered
			watched.err = err
			return err
		}
		a.Streamed = true
		watched.time, watched.bytes = c.attemptTimeout(), c.config.MaxBytes
		return nil
	})
	switch {
	case a.Err != nil && watched.err != nil:
		a.Err, a.Cut = watched.err, !errors.Is(watched.err, ErrTooLarge)
	case a.Envelope.Failed:
		a.Err = ErrRefused
	case a.Envelope.Unclear, a.Envelope.MessageOnly: // a body that reports something else is not an empty list
		a.Err = wire.ErrUnclear
	}
	if a.Err != nil {
		a.Body, a.Partial = watched.head, true
	}
}

// mostHead is how much of a stream is kept for the error, in case it is not a list.
const mostHead = MaxText + 1

// watchedReader limits the bytes and the read time of each element, even if they arrive one byte at a time. It keeps
// its own error, because a decoder cannot tell a cut connection from malformed JSON.
type watchedReader struct {
	r     io.Reader
	timer *time.Timer
	time  time.Duration
	bytes int64
	err   error
	// head is the start of the body, up to the first element.
	head  []byte
	begun *bool
}

func (w *watchedReader) Read(p []byte) (int, error) {
	start := time.Now()
	w.timer.Reset(w.time)
	// One byte over the limit distinguishes a response that is too large from a complete one.
	n, err := w.r.Read(p[:min(int64(len(p)), max(1, w.bytes))])
	w.timer.Stop()
	w.time = max(1, w.time-time.Since(start))
	if !*w.begun {
		w.head = append(w.head, p[:min(n, mostHead-len(w.head))]...)
	}
	if w.bytes -= int64(n); w.bytes < 0 {
		w.bytes, w.err = 0, ErrTooLarge
		return 0, w.err
	}
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}
