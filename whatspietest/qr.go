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

// codeSchedule says how long codes are valid and when they are generated.
type codeSchedule struct {
	// first and later are the lifetimes of the first code of a pairing and of each later one.
	first, later time.Duration
	// perPairing is the number of codes that replace each other without a request; 0 means only on request.
	perPairing int
}

// qrCode is one code of a pairing.
type qrCode struct {
	payload string
	expires time.Time
	uri     string // empty until first requested: drawing takes time
}

// QRPayload returns the text that the device's current QR code contains, for [Server.ScanCode]. It reports false if
// there is no code, because none was requested or it has expired, or if the device does not exist.
func (s *Server) QRPayload(id int64) (string, bool) {
	var payload string
	s.change(id, func(d *device, _ time.Time) {
		if d.code != nil {
			payload = d.code.payload
		}
	})
	return payload, payload != ""
}

// ScanCode pairs the device whose current QR code contains payload, as if a phone had scanned it. It reports false, and
// changes nothing, if there is no such device, for example because the code has expired.
func (s *Server) ScanCode(payload string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := now()
	for _, d := range s.devices {
		d.advance(s.cfg.codes, at)
		if d.code != nil && d.code.payload == payload {
			d.pair(at)
			return true
		}
	}
	return false
}

// ensureCode generates and draws a code if there is none.
func (d *device) ensureCode(schedule codeSchedule, at time.Time) error {
	if d.code == nil {
		if schedule.perPairing > 0 {
			d.codes = 0 // a new pairing
		}
		d.nextCode(schedule, at)
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

func (d *device) nextCode(schedule codeSchedule, at time.Time) {
	lifetime := schedule.later
	if d.codes == 0 {
		lifetime = schedule.first
	}
	d.code = &qrCode{payload: newPayload(), expires: at.Add(lifetime)}
	d.codes++
}

// newPayload returns a text of the same form as WhatsApp's: a reference and three keys of 32 bytes.
func newPayload() string {
	parts := []string{"2@" + randomText(72), randomText(32), randomText(32), randomText(32)}
	return strings.Join(parts, ",")
}

func randomText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // crypto/rand never fails
	return base64.StdEncoding.EncodeToString(b)
}

// dataURI draws a code, with its quiet zone, as a PNG.
func dataURI(payload string) (string, error) {
	code, err := qr.Encode(payload, qr.L)
	if err != nil {
		return "", fmt.Errorf("whatspietest: drawing a QR code: %w", err)
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(code.PNG()), nil
}
