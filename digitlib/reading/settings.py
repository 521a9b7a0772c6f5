"""Every number of the reader that was chosen, with its unit, its reason and its evidence.

Chosen on made-up pictures with validation digits: ``python -m benchmarks.situations
--validation`` prints the shares that changed with them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What the reader goes by.

    Attributes
    ----------
    longest_side : int
        Pixels; larger photographs are made smaller first. Digits should have 13 pixels then: 1/123
        of a page, 2.4 mm on a page of A4.
    most_pixels : int
        A long strip may be longer, up to so many pixels.
    shortest_side : int
        Pixels of a picture's longer side below which it is shown twice as large too, as tiny
        pictures have tiny digits.
    enlarged_pixels : int
        Where nothing is found for sure that has ``well_seen`` pixels, what is no plain ground is
        shown twice as large as well, if it has no more pixels than this then: 25 ms.
    well_seen : float
        Pixels below which a digit would be seen better in twice the size.
    least_contrast : int
        Gray values between the darkest and the lightest of a place of the finest size below
        which nothing is looked for there: the grain of paper stays below.
    least_middle : float
        Chance of a digit's middle at which a place is looked at more closely.
    surely_something : float
        Chance of a middle at which a shape that could not be read is reported.
    smallest_seen, largest_seen : float
        Pixels of the size a digit is seen in; beyond, the next size shows it better. The network
        was trained with 13 to 62.
    best_seen, spread : float
        The size in which the network sees best, pixels, and how fast that falls off, as the
        logarithm of a factor.
    same_place, inside : float
        Two finds are the same digit if they share this much of their union, or this much of
        the smaller one.
    most_finds : int
        More finds than this are a texture: the weightiest are looked at.
    most_digits : int
        More digits than this are not read, the surest first: a full page of numbers has 200.
    worth_another_look : float
        Chance of the likeliest digit, by the page network, at which a shape that the other
        network does not know is looked at as light ink on dark paper, or the other way round.
    side : int
        Pixels to which a place is brought before its light is evened.
    margin, grown : float
        How much around a place is looked at, and how far its strokes may reach beyond it, as
        shares of its longer side.
    own, neighbor : float
        Connected strokes are the digit's own with this share inside the place, and a
        neighbor's below that share.
    sure : float
        Confidence below which a place is looked at again.
    most_looks : int
        How many places are looked at again, those nearest to the threshold first: 3 ms each.
    look_sizes : tuple of float
        Pixels that a digit has in these looks: both are sizes that the network knows well.
    look_side : int
        Pixels of the window that is shown, a multiple of 32.
    least_again : float
        Chance of a middle below which nothing is seen in such a look.
    not_again : float
        What the chance of a middle counts as where nothing is seen.
    turned_side : int
        Pixels of the longer side at which a picture is looked at turned, if it shows nothing.
    turned_pixels : int
        The most that is looked at turned: 40 ms for each of the four ways.
    turned_sure : float
        Chance at which a digit counts for a way that a page is turned.
    upright_sure, upright_share : float
        If of the digits with more than this chance more than this share are none when turned, a
        page stands upright.
    turned_digits : int
        Fewer digits than this do not turn a page.
    turned_lead, turned_more : float
        The strengths (sums of chances) have to lead by this factor and by so many digits.
    slope_boxes : int
        Fewer boxes than this don't tell how far a page is tilted.
    neighbor_reach : float
        Heights of a digit within which its neighbor on the right stands.
    steepest : float
        Slope beyond which a neighbor belongs to another line: 40 degrees.
    sharpen : float
        The power that the mean of both networks' numbers is raised to: each of them was trained
        to keep some doubt. A likelihood fit gave 5 and more; less leaves the ten numbers readable.
    weigh_middle, weigh_digit, weigh_nothing : float
        How the chance that a place is a digit follows from the logits of its middle and of its
        highest number, and from nothing: near the likelihood fit to 8,371 places of 1,248
        pictures with validation digits (2.4, 1.0, -2.2), of a dozen trials around it those that
        read the most of these pictures whole.
    weigh_company, usual_company : float
        How much the other places' mean chance counts, and the logit above which it says nothing.
        Set by hand, near the fit: what it gained on made-up pages, a bonus for sure company lost
        on photographs, where all middles are lower, so the others can only speak against.
    like_size, enough_company : float
        Others count if the logarithm of the sizes' ratio is below this, and count in full if
        they are so many.
    weigh_beside : float
        How much it counts that a digit stands beside, as tall, that is ``sure``. With ``heard``
        and a lower ``least_middle``, of 1,144 pictures with validation digits 1,031 were read
        whole in place of 1,003.
    heard : float
        A place is heard as company if so much evidence would make it a digit.
    weigh_size : float
        How much is lost with the logarithm of a shape's size by that of the likely digits. Set
        low by hand: those pictures have digits of one size, other pages have not.
    least_confidence : float
        What is less likely than this is no digit.
    """

    longest_side: int = 1600
    most_pixels: int = 1_200_000
    shortest_side: int = 320
    enlarged_pixels: int = 600_000
    well_seen: float = 17.0
    least_contrast: int = 14
    least_middle: float = 0.2
    surely_something: float = 0.5
    smallest_seen: float = 11.0
    largest_seen: float = 75.0
    best_seen: float = 32.0
    spread: float = 0.8
    same_place: float = 0.35
    inside: float = 0.65
    most_finds: int = 600
    most_digits: int = 200
    worth_another_look: float = 0.6
    side: int = 48
    margin: float = 0.45
    grown: float = 0.05
    own: float = 0.75
    neighbor: float = 0.3
    sure: float = 0.93
    most_looks: int = 24
    look_sizes: tuple[float, ...] = (22.0, 34.0)
    look_side: int = 96
    least_again: float = 0.03
    not_again: float = 0.1
    turned_side: int = 320
    turned_pixels: int = 400_000
    turned_sure: float = 0.6
    upright_sure: float = 0.75
    upright_share: float = 0.3
    turned_digits: int = 3
    turned_lead: float = 1.25
    turned_more: float = 0.9
    slope_boxes: int = 3
    neighbor_reach: float = 2.5
    steepest: float = 0.85
    sharpen: float = 4.0
    weigh_middle: float = 2.0
    weigh_digit: float = 0.6
    weigh_company: float = 1.6
    weigh_nothing: float = -1.0
    weigh_beside: float = 1.0
    heard: float = 1.5
    usual_company: float = 1.6
    like_size: float = 0.6
    enough_company: float = 4
    weigh_size: float = 1.5
    least_confidence: float = 0.5


SETTINGS = Settings()
