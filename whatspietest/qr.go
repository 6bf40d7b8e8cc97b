package whatspietest

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"rsc.io/qr"

	"github.com/whatspie-go/whatspie"
)

// codeClock determines the lifetime of codes.
type codeClock struct {
	first, next time.Duration
	// inSession is the number of codes that follow each other automatically; 0 means that codes are made on request.
	inSession int
}

// qrCode is one code of a pairing.
type qrCode struct {
	payload string
	expires time.Time
	uri     string // empty until first requested
}

// QRPayload returns the text in the current QR code of the device, for [Server.ScanCode]. It reports false if there is
// no code: none was requested, it has expired, or the device does not exist.
func (s *Server) QRPayload(id int64) (string, bool) {
	var payload string
	s.change(id, func(d *device, _ time.Time) {
		if d.code != nil {
			payload = d.code.payload
		}
	})
	return payload, payload != ""
}

// ScanCode pairs the device whose current QR code contains payload, as [Server.Scan] does, and reports whether there is
// such a device. Scanning an expired code has no effect, as with a real phone.
func (s *Server) ScanCode(payload string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := now()
	for _, d := range s.devices {
		d.settle(s.cfg.codes, at)
		if d.code != nil && d.code.payload == payload {
			d.pair(at)
			return true
		}
	}
	return false
}

// show makes a code if there is none, and draws it.
func (d *device) show(clock codeClock, at time.Time) error {
	if d.code == nil {
		if clock.inSession > 0 {
			d.codes = 0
		}
		d.nextCode(clock, at)
	}
	if d.PairedStatus == whatspie.PairedStatusExpired {
		d.PairedStatus, d.UpdatedAt = whatspie.PairedStatusUnpaired, at
	}
	if d.code.uri != "" {
		return nil
	}
	var err error
	d.code.uri, err = dataURI(d.code.payload)
	return err
}

func (d *device) nextCode(clock codeClock, at time.Time) {
	lifetime := clock.next
	if d.codes == 0 {
		lifetime = clock.first
	}
	d.code = &qrCode{payload: newPayload(), expires: at.Add(lifetime)}
	d.codes++
}

// newPayload imitates a WhatsApp payload: a reference and three keys of 32 bytes.
func newPayload() string {
	parts := []string{"2@" + randomText(72), randomText(32), randomText(32), randomText(32)}
	return strings.Join(parts, ",")
}

func randomText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // crypto/rand never fails
	return base64.StdEncoding.EncodeToString(b)
}

// dataURI draws a code with its quiet zone.
func dataURI(payload string) (string, error) {
	code, err := qr.Encode(payload, qr.L)
	if err != nil {
		return "", fmt.Errorf("whatspietest: drawing a QR code: %w", err)
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(code.PNG()), nil
}
