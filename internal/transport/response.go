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

// receive reads the whole response of an attempt and evaluates it.
func (c *call) receive(a *AttemptResult, response *http.Response, err error) {
	if response != nil {
		a.StatusCode, a.Header = response.StatusCode, response.Header
	}
	if err != nil {
		a.Err, a.Sent = c.attempt.cause(err), c.attempt.trace.sent(err)
		if response != nil { // the caller's CheckRedirect failed; net/http has closed the body
			a.Err = fmt.Errorf("%w: %w", ErrRedirect, a.Err)
		}
		return
	}
	defer closeBody(response)
	a.Sent, a.RetryAfter = true, ParseRetryAfter(response.Header, time.Now())
	switch {
	case a.StatusCode == http.StatusSwitchingProtocols:
		a.Err = errSwitchedProtocol // not HTTP from here on: a read could block past every deadline
	case c.request.Stream != nil && a.succeeded():
		c.stream(a, response.Body)
	default:
		c.readBody(a, response.Body, response.ContentLength)
		if a.Err == nil {
			a.Err = c.evaluate(a, c.readEnvelope(a))
		}
	}
	if a.Cut {
		a.Err = fmt.Errorf("incomplete response: %w", c.attempt.cause(a.Err))
	}
}

// closeBody closes the body before go-retryablehttp can drain it.
func closeBody(response *http.Response) {
	_ = response.Body.Close() // the body has been read as far as it is needed
	response.Body = http.NoBody
}

// readEnvelope decodes the body. An empty body is an error unless the status allows one.
func (c *call) readEnvelope(a *AttemptResult) (err error) {
	if len(a.Body) == 0 && !c.allowsEmptyBody(a.StatusCode) {
		return wire.ErrNotEnvelope
	}
	a.Envelope, err = c.request.Read(a.StatusCode, a.Header.Get("Content-Type"), a.Body)
	return err
}

// evaluate returns the error of a response that was read, readErr if it could not be decoded. The envelope can turn a
// successful HTTP status into a failure, never the reverse.
func (c *call) evaluate(a *AttemptResult, readErr error) error {
	switch {
	case a.StatusCode >= http.StatusBadRequest || a.Envelope.Failed:
		return ErrReportedFailure
	case isRedirect(a.StatusCode):
		return ErrRedirect
	case !a.succeeded():
		return ErrUnexpectedStatus
	case readErr != nil:
		return readErr
	case a.Envelope.Unclear && !c.allowsEmptyBody(a.StatusCode):
		return wire.ErrUnclear
	case c.request.Check != nil:
		return c.request.Check(a.Envelope)
	default:
		return nil
	}
}

func isRedirect(status int) bool {
	return status/100 == http.StatusMultipleChoices/100 && status != http.StatusNotModified
}

// allowsEmptyBody reports whether a response is complete without a body.
func (c *call) allowsEmptyBody(status int) bool {
	switch status {
	case http.StatusCreated, http.StatusAccepted, http.StatusNoContent:
		return true
	default:
		return c.request.Method == http.MethodHead
	}
}

// readBody reads at most MaxBytes. An incomplete body is an error only if the HTTP status is a success.
func (c *call) readBody(a *AttemptResult, body io.Reader, length int64) {
	content, err := readAll(body, length, c.config.MaxBytes)
	tooLarge := int64(len(content)) > c.config.MaxBytes
	a.Body = content[:min(int64(len(content)), c.config.MaxBytes)]
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

// maxPrealloc limits the buffer that is allocated for a Content-Length, which may be false.
const maxPrealloc = 8 << 20

// readAll reads to the end, or until it has more than limit bytes. The buffer is one byte longer than the
// Content-Length (-1 if unknown), so that the read that fills it also reports EOF.
func readAll(body io.Reader, length, limit int64) ([]byte, error) {
	if length < 0 {
		length = bytes.MinRead
	}
	content := make([]byte, 0, 1+min(length, limit, maxPrealloc))
	for {
		n, err := body.Read(content[len(content):cap(content)])
		content = content[:len(content)+n]
		switch {
		case errors.Is(err, io.EOF):
			return content, nil
		case err != nil || int64(len(content)) > limit:
			return content, err
		case len(content) == cap(content):
			content = slices.Grow(content, len(content))
		}
	}
}

// stream decodes elements as they arrive. The attempt timeout applies to the wait for each element, that for the first
// one from the start of the attempt. It does not include the consumer's work.
func (c *call) stream(a *AttemptResult, body io.Reader) {
	if a.StatusCode == http.StatusNoContent {
		return
	}
	reader := &elementReader{body: body, timer: c.attempt.timer}
	reader.reset(c.attemptTimeout()-time.Since(c.attempt.startedAt), c.config.MaxBytes)
	var err error
	a.Envelope, err = c.request.Stream(reader, func() error {
		if err := c.attempt.ctx.Err(); err != nil { // elements may still be buffered
			reader.err = err
			return err
		}
		reader.streamed = true
		reader.reset(c.attemptTimeout(), c.config.MaxBytes)
		return nil
	})
	a.Streamed = reader.streamed
	if err != nil && reader.err != nil {
		a.Err, a.Cut = reader.err, !errors.Is(reader.err, ErrTooLarge)
	} else {
		a.Err = c.evaluate(a, err)
	}
	if a.Err != nil {
		a.Body, a.Partial = reader.head, true
	}
}

// maxHead limits how much of a stream is kept for the error, in case it is not a list.
const maxHead = MaxText + 1

// elementReader limits the bytes and the read time of each element, even if it arrives one byte at a time. It keeps its
// own error, because a decoder cannot distinguish a cut connection from malformed JSON.
type elementReader struct {
	body  io.Reader
	timer *time.Timer
	// timeLeft and bytesLeft are what remains for the current element.
	timeLeft  time.Duration
	bytesLeft int64
	err       error
	// head is the start of the body, up to the first element. streamed reports that the first element has been yielded.
	head     []byte
	streamed bool
}

func (e *elementReader) reset(timeout time.Duration, maxBytes int64) {
	e.timeLeft, e.bytesLeft = timeout, maxBytes
}

func (e *elementReader) Read(p []byte) (int, error) {
	start := time.Now()
	e.timer.Reset(e.timeLeft)
	// One byte over the limit distinguishes a response that is too large from a complete one.
	n, err := e.body.Read(p[:min(int64(len(p)), max(1, e.bytesLeft))])
	e.timer.Stop()
	e.timeLeft = max(1, e.timeLeft-time.Since(start))
	if !e.streamed {
		e.head = append(e.head, p[:min(n, maxHead-len(e.head))]...)
	}
	if e.bytesLeft -= int64(n); e.bytesLeft < 0 {
		e.bytesLeft, e.err = 0, ErrTooLarge
		return 0, e.err
	}
	if err != nil && !errors.Is(err, io.EOF) {
		e.err = err
	}
	return n, err
}
