package whatspie

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// errNoList means that the response is not a list of devices.
var errNoList = errors.New("no list of devices in the response")

// errIncomplete means that not all pages of a list could be read.
var errIncomplete = errors.New("the list is incomplete")

// maxPages limits the number of pages of one list.
const maxPages = 10_000

// maxPagePath limits the path of a page, query included, because every path is kept until the list ends.
const maxPagePath = 8 << 10

// pages reads a list of devices page by page, in case the server paginates it.
type pages struct {
	base *url.URL
	// path is that of the current page, next that of the one after it (empty after the last).
	path, next string
	// number is that of the current page, from 1.
	number int64
	// earlier are the paths of the pages before the current one.
	earlier map[string]bool
	// err reports that the current page is not a list of devices. A failure in its envelope takes precedence.
	err error
}

func newPages(a *api, first route) *pages {
	return &pages{base: a.transport.Base, path: first.path, number: 1}
}

// read reads the devices of the current page, and calls add with each. Null is an empty list. add may stop the reader.
func (p *pages) read(r *wire.Reader, add func(Device)) {
	p.err = nil
	if kind := r.Kind(); kind != '[' {
		if kind != 'n' {
			p.err = errNoList
		}
		r.Skip()
		return
	}
	for range r.Elements() {
		switch kind := r.Kind(); {
		case kind == 'n' || p.err != nil:
			r.Skip()
		case kind != '{':
			p.err = errNoList
			r.Skip()
		default:
			if device := readDevice(r); r.Err() == nil {
				add(device)
			}
		}
	}
}

// check returns an error if the current page is not a list, or if the page after it cannot be read. Without data, it is
// an empty list only if the message is a plain success.
func (p *pages) check(envelope wire.Envelope) error {
	switch {
	case p.err != nil:
		return p.err
	case envelope.Unclear || envelope.MessageOnly:
		return wire.ErrUnclear
	default:
		return p.setNext(envelope.Paging)
	}
}

// advance moves to the next page, and reports whether there is one.
func (p *pages) advance() bool {
	if p.next == "" {
		return false
	}
	if p.earlier == nil {
		p.earlier = map[string]bool{}
	}
	p.earlier[p.path] = true
	p.path, p.next = p.next, ""
	p.number++
	return true
}

// setNext determines the next page from the current page's paging information.
func (p *pages) setNext(paging wire.Paging) error {
	next, err := p.nextPath(paging)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", errIncomplete, err)
	case next == p.path || p.earlier[next]:
		return fmt.Errorf("%w: its next page was already read", errIncomplete)
	case next != "" && p.number >= maxPages:
		return fmt.Errorf("%w: it has more than %d pages", errIncomplete, maxPages)
	}
	p.next = next
	return nil
}

// nextPath returns the path of the next page; empty after the last.
func (p *pages) nextPath(paging wire.Paging) (string, error) {
	number := cmp.Or(paging.Current, p.number)
	switch {
	case paging.Next != "":
		return p.pathOf(strings.TrimSpace(paging.Next))
	case paging.Unreadable:
		return "", errors.New("the link to its next page cannot be read")
	case paging.Last > number:
		return transport.PathOnly(p.path) + "?page=" + strconv.FormatInt(number+1, 10), nil
	default:
		return "", nil
	}
}

// pathOf converts a link to a path. It must have the scheme, host and path of the current page, so that only the query
// differs.
func (p *pages) pathOf(link string) (string, error) {
	path := transport.PathOnly(p.path)
	list, err := url.Parse(p.base.String() + path)
	if err != nil {
		return "", err
	}
	page, err := list.Parse(link)
	if err != nil || !transport.SameOrigin(list, page) || page.EscapedPath() != list.EscapedPath() {
		return "", errors.New("its next page is on another scheme, host or path")
	}
	if page.RawQuery != "" {
		path += "?" + page.RawQuery
	}
	if len(path) > maxPagePath {
		return "", fmt.Errorf("the link to its next page is longer than %d bytes", maxPagePath)
	}
	if transport.CheckPath(path) != nil {
		return "", errors.New("the link to its next page cannot be followed")
	}
	return path, nil
}
