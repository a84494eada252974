DROP TABLE loose_images;
