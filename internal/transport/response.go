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

// receive reads the response of an attempt to its end, and judges it.
func (c *call) receive(a *Attempt, response *http.Response, err error) {
	if response != nil {
		a.StatusCode, a.Header = response.StatusCode, response.Header
	}
	if err != nil {
		a.Err, a.Sent = c.running.cause(err), c.running.trace.sent(err)
		if response != nil { // a redirect that the caller's own rule refused; its body is closed
			a.Err = fmt.Errorf("%w: %w", ErrRedirect, a.Err)
		}
		return
	}
	defer closeBody(response)
	a.Sent, a.RetryAfter = true, ParseRetryAfter(response.Header, time.Now())
	switch {
	case a.StatusCode == http.StatusSwitchingProtocols:
		a.Err = errSwitched // what follows is not HTTP: a read of it would outlast every deadline
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

// closeBody leaves nothing in the response for go-retryablehttp to drain.
func closeBody(response *http.Response) {
	_ = response.Body.Close() // the response has been judged by then
	response.Body = http.NoBody
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

// read bounds the body. Of a failure's body the first bytes are enough: the status has already said the rest.
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

// mostAhead is how many bytes a length alone may claim: that they come is only a server's word.
const mostAhead = 8 << 20

// readAll reads to the end, or past so many bytes. The buffer has the announced length, -1 if there is none, and a byte more:
// it is in there that the end shows.
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

// stream hands out elements as they arrive. The timeout watches the wait for each element, not the consumer's work.
func (c *call) stream(a *Attempt, body io.Reader) {
	if a.StatusCode == http.StatusNoContent {
		return
	}
	watched := &watchedReader{r: body, timer: c.running.timer, time: c.attemptTimeout(), bytes: c.config.MaxBytes, begun: &a.Streamed}
	a.Envelope, a.Err = c.request.Stream(watched, func() error {
		if err := c.running.ctx.Err(); err != nil { // a part of the list may be here already
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
	case a.Envelope.Unclear, a.Envelope.MessageOnly: // what says anything else is no empty list
		a.Err = wire.ErrUnclear
	}
	if a.Err != nil {
		a.Body, a.Partial = watched.head, true
	}
}

// mostHead is how much of a stream is kept for the error, should it turn out to be none.
const mostHead = MaxText + 1

// watchedReader bounds the bytes of each element and the time that they take, however small their steps, and remembers
// its own failure: a decoder reports a cut connection and malformed JSON alike.
type watchedReader struct {
	r     io.Reader
	timer *time.Timer
	time  time.Duration
	bytes int64
	err   error
	// head is what came before the first element, or with it.
	head  []byte
	begun *bool
}

func (w *watchedReader) Read(p []byte) (int, error) {
	start := time.Now()
	w.timer.Reset(w.time)
	n, err := w.r.Read(p[:min(int64(len(p)), max(1, w.bytes))]) // one byte too many tells more from the end
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
