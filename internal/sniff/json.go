package sniff

import "errors"

// ErrNotJSON: the content is not exactly one JSON text.
var ErrNotJSON = errors.New("not a valid JSON text")

// MaxDepth is the maximum depth of nested arrays and objects in a JSON text.
const MaxDepth = 10_000

// JSON checks that the bytes written to it, in chunks of any size, are exactly one
// JSON text (RFC 8259): UTF-8, which may begin with a byte order mark, nested at most
// [MaxDepth] deep. Equal names and lone surrogates in escapes are allowed, because the
// grammar allows them. Write returns [ErrNotJSON] as soon as the text cannot
// become valid. JSON stores one byte per open array or object. The zero value is
// ready to use.
type JSON struct {
	text    Text
	state   state
	open    []byte // '[' or '{' for each open array and object
	name    bool   // the string being read is a member's name
	literal string // the rest of true, false or null
	hex     int    // digits that a \u escape still needs
	mark    int    // bytes of a byte order mark that were read; markEnd: it is over
	failed  bool
}

// state determines what the next byte may be.
type state uint8

const (
	value       state = iota // a value; white space may come first
	valueOrEnd               // after '[': a value or the end
	nameOrEnd                // after '{': a name or the end
	name                     // after ',' in an object
	colon                    // after a name
	next                     // after a value: ',' or the end
	inString                 // a character
	escape                   // after a backslash
	hexDigit                 // of a \u escape
	inLiteral                // a letter of true, false, null
	minus                    // a digit must come
	zero                     // a leading 0: no digit may come
	integer                  // a digit may come
	point                    // a digit must come
	fraction                 // a digit may come
	exponent                 // a sign or digit must come
	signed                   // a digit must come
	exponential              // a digit may come
)

// Write checks the next chunk. After an error it always returns [ErrNotJSON].
func (j *JSON) Write(p []byte) (int, error) {
	if j.failed = j.failed || !j.accept(p); j.failed {
		return 0, ErrNotJSON
	}
	return len(p), nil
}

// Finish returns [ErrNotJSON] unless everything written is one complete JSON text.
func (j *JSON) Finish() error {
	complete := j.state == next || j.state.endsNumber()
	if j.failed || !complete || len(j.open) > 0 || j.text.Finish() != nil {
		return ErrNotJSON
	}
	return nil
}

func (j *JSON) accept(p []byte) bool {
	if _, err := j.text.Write(p); err != nil {
		return false
	}
	for _, c := range p {
		if !j.step(c) {
			return false
		}
	}
	return true
}

const (
	byteOrderMark = "\ufeff"
	markEnd       = len(byteOrderMark)
)

// step reads one byte and reports whether it is valid here.
func (j *JSON) step(c byte) bool {
	switch {
	case j.mark < markEnd && c == byteOrderMark[j.mark]:
		j.mark++
		return true
	case j.mark == 0:
		j.mark = markEnd
	}
	switch {
	case j.state >= minus:
		return j.stepNumber(c)
	case j.state >= inString:
		return j.stepToken(c)
	case c == ' ', c == '\t', c == '\n', c == '\r':
		return true
	}
	return j.stepStructure(c)
}

// stepStructure reads a byte between tokens or the first byte of a token.
func (j *JSON) stepStructure(c byte) bool {
	switch j.state {
	case value:
		return j.begin(c)
	case valueOrEnd:
		return c == ']' && j.close('[') || j.begin(c)
	case nameOrEnd:
		return c == '}' && j.close('{') || j.beginName(c)
	case name:
		return j.beginName(c)
	case colon:
		j.state = value
		return c == ':'
	}
	switch c { // after a value
	case ']':
		return j.close('[')
	case '}':
		return j.close('{')
	case ',':
		return j.comma()
	}
	return false
}

// begin reads the first byte of a value.
func (j *JSON) begin(c byte) bool {
	switch c {
	case '[', '{':
		j.state = valueOrEnd
		if c == '{' {
			j.state = nameOrEnd
		}
		j.open = append(j.open, c)
		return len(j.open) <= MaxDepth
	case '"':
		j.state, j.name = inString, false
	case 't':
		j.state, j.literal = inLiteral, "rue"
	case 'f':
		j.state, j.literal = inLiteral, "alse"
	case 'n':
		j.state, j.literal = inLiteral, "ull"
	case '-':
		j.state = minus
	default:
		return j.beginDigits(c, integer)
	}
	return true
}

func (j *JSON) beginName(c byte) bool {
	j.state, j.name = inString, true
	return c == '"'
}

func (j *JSON) comma() bool {
	if len(j.open) == 0 {
		return false
	}
	j.state = value
	if j.open[len(j.open)-1] == '{' {
		j.state = name
	}
	return true
}

func (j *JSON) close(opened byte) bool {
	last := len(j.open) - 1
	if last < 0 || j.open[last] != opened {
		return false
	}
	j.open, j.state = j.open[:last], next
	return true
}

// stepToken reads a byte of a string or literal.
func (j *JSON) stepToken(c byte) bool {
	switch j.state {
	case inString:
		switch {
		case c == '"' && j.name:
			j.state = colon
		case c == '"':
			j.state = next
		case c == '\\':
			j.state = escape
		}
		return c >= ' '
	case escape:
		return j.stepEscape(c)
	case hexDigit:
		return j.stepHex(c)
	}
	if c != j.literal[0] {
		return false
	}
	if j.literal = j.literal[1:]; j.literal == "" {
		j.state = next
	}
	return true
}

func (j *JSON) stepHex(c byte) bool {
	if j.hex--; j.hex == 0 {
		j.state = inString
	}
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func (j *JSON) stepEscape(c byte) bool {
	j.state = inString
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		j.state, j.hex = hexDigit, 4
		return true
	}
	return false
}

// stepNumber reads a byte of a number or the first byte after it.
func (j *JSON) stepNumber(c byte) bool {
	switch {
	case j.state == minus:
		return j.beginDigits(c, integer)
	case j.state == point:
		return j.digit(c, fraction)
	case j.state == exponent && (c == '+' || c == '-'):
		j.state = signed
		return true
	case j.state == exponent, j.state == signed:
		return j.digit(c, exponential)
	case j.state != zero && j.digit(c, j.state):
		return true
	case c == '.' && (j.state == zero || j.state == integer):
		j.state = point
		return true
	case (c == 'e' || c == 'E') && j.state != exponential:
		j.state = exponent
		return true
	}
	j.state = next
	return j.step(c)
}

// beginDigits reads the first digit of the integer part of a number.
func (j *JSON) beginDigits(c byte, then state) bool {
	if c == '0' {
		then = zero
	}
	return j.digit(c, then)
}

func (j *JSON) digit(c byte, then state) bool {
	if c < '0' || '9' < c {
		return false
	}
	j.state = then
	return true
}

func (s state) endsNumber() bool {
	return s == zero || s == integer || s == fraction || s == exponential
}
