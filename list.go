package whatspie

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// errNoList means that the response is not a list of devices.
var errNoList = errors.New("no list of devices in the response")

// listResult decodes one page of a device list. Null is an empty list, unless the message is more than a plain success.
type listResult struct {
	pages   *pages
	devices []Device
	err     error
}

func (l *listResult) read(r *wire.Reader) {
	l.devices, l.err = []Device{}, nil
	if r.IsEmpty() || r.Kind() != '[' {
		l.readOther(r)
		return
	}
	const minBytes = 256 // of a device, assumed when allocating
	before := r.Left()
	for range r.Elements() {
		switch kind := r.Kind(); {
		case kind == 'n' || l.err != nil:
			r.Skip()
		case kind != '{':
			l.err = errNoList
			r.Skip()
		case tooDense(len(l.devices), before-r.Left()):
			l.err = transport.ErrTooLarge
			r.Skip()
		default:
			device := readDevice(r)
			if len(l.devices) == 0 {
				l.devices = make([]Device, 0, 1+r.Left()/max(minBytes, before-r.Left()))
			}
			l.devices = append(l.devices, device)
		}
	}
	l.pages.size = before - r.Left()
}

func (l *listResult) readOther(r *wire.Reader) {
	if r.Kind() != 'n' {
		l.err = errNoList
	}
	r.NoteType()
	r.Skip()
}

// tooDense reports many tiny devices: decoded, they take a multiple of the response limit in memory.
func tooDense(devices, bytes int) bool {
	const many, minBytes = 10_000, 32
	return devices >= max(many, bytes/minBytes)
}

func (l *listResult) check(envelope wire.Envelope) error {
	switch {
	case l.err != nil:
		return l.err
	case envelope.Unclear || envelope.MessageOnly:
		return wire.ErrUnclear
	default:
		return l.pages.follow(envelope.Paging)
	}
}

// readList reads all pages into memory.
func readList(ctx context.Context, c *caller, from route, opts []CallOption) ([]Device, error) {
	page := &listResult{pages: newPages(c, from)}
	page.pages.maxBytes = c.transport.MaxBytes
	var devices []Device
	for {
		if err := c.call(ctx, http.MethodGet, page.pages.path, nil, page, opts); err != nil {
			return nil, err
		}
		if devices == nil {
			devices = page.devices
		} else {
			devices = append(devices, page.devices...)
		}
		if !page.pages.advance() {
			return devices, nil
		}
	}
}

// errIncomplete means that not all pages of a list could be read.
var errIncomplete = errors.New("the list is incomplete")

// maxPages limits the number of pages of one list.
const maxPages = 10_000

// pages follows the pages of a list, in case the server paginates it.
type pages struct {
	base *url.URL
	// maxBytes limits the size of all pages together; 0 means no limit.
	maxBytes int64
	// path is the current page, next the one after it (empty after the last).
	path, next string
	// size is the number of bytes of the current page, before that of all earlier ones.
	size   int
	before int64
	seen   map[string]bool
}

func newPages(c *caller, from route) *pages {
	return &pages{base: c.transport.Base, path: from.path}
}

// advance moves to the next page, and reports whether there is one.
func (p *pages) advance() bool {
	if p.next == "" {
		return false
	}
	if p.seen == nil {
		p.seen = map[string]bool{p.path: true}
	}
	p.seen[p.next] = true
	p.before += int64(p.size)
	p.path, p.next = p.next, ""
	return true
}

// follow determines the next page from the current page's paging information.
func (p *pages) follow(paging wire.Paging) error {
	var err error
	if p.next, err = p.after(paging); err != nil {
		p.next = ""
		return fmt.Errorf("%w: %w", errIncomplete, err)
	}
	switch {
	case p.maxBytes > 0 && p.before+int64(p.size) > p.maxBytes:
		return transport.ErrTooLarge
	case p.seen[p.next]:
		return fmt.Errorf("%w: its next page was already read", errIncomplete)
	case len(p.seen) >= maxPages:
		return fmt.Errorf("%w: it has more than %d pages", errIncomplete, maxPages)
	default:
		return nil
	}
}

// after returns the path of the next page; empty after the last.
func (p *pages) after(paging wire.Paging) (string, error) {
	here, _, _ := strings.Cut(p.path, "?")
	current := cmp.Or(paging.Current, int64(len(p.seen)), 1)
	switch {
	case paging.Next != "":
		return p.link(here, strings.TrimSpace(paging.Next))
	case paging.Unreadable:
		return "", errors.New("the link to its next page cannot be read")
	case paging.Last > current:
		return here + "?page=" + strconv.FormatInt(current+1, 10), nil
	default:
		return "", nil
	}
}

// link converts a link to a path. It must have the scheme, host and path of the current page, so that only the query
// differs.
func (p *pages) link(here, next string) (string, error) {
	list, err := url.Parse(p.base.String() + here)
	if err != nil {
		return "", err
	}
	link, err := list.Parse(next)
	if err != nil || !transport.SameOrigin(list, link) || link.EscapedPath() != list.EscapedPath() {
		return "", errors.New("its next page is on another scheme, host or path")
	}
	path := here + "?" + link.RawQuery
	if transport.CheckPath(path) != nil {
		return "", errors.New("the link to its next page cannot be followed")
	}
	return path, nil
}
